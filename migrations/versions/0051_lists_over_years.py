"""Lists and figures over years of history: what is still to pay, and indexes that answer without the tables.

Revision: 0051, after 0050
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None

IS_OPEN = sa.text('open_cents <> 0')
PAID = "SELECT coalesce(sum(amount_cents), 0) FROM payments WHERE payments.receivable_id = receivables.id"


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('receivables', schema=None) as batch_op:
        batch_op.add_column(sa.Column('open_cents', sa.BigInteger(), nullable=True))
    op.execute(f"UPDATE receivables SET open_cents = amount_cents - ({PAID})")
    with op.batch_alter_table('receivables', schema=None) as batch_op:
        batch_op.alter_column('open_cents', existing_type=sa.BigInteger(), nullable=False)
        batch_op.create_index('ix_receivables_open', ['due_on', 'id'], unique=False, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
    with op.batch_alter_table('commitments', schema=None) as batch_op:
        batch_op.drop_index('ix_commitments_started')
        batch_op.create_index('ix_commitments_started', ['started_at', 'state', 'kind', 'area_id', 'agreement'], unique=False)
    with op.batch_alter_table('assets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assets_invoiced_on'), ['invoiced_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_assets_purchased_on'), ['purchased_on'], unique=False)
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_index('ix_visits_request_id')
        batch_op.create_index('ix_visits_request', ['request_id', 'state', 'arrived_at'], unique=False)
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sites_time_zone'), ['time_zone'], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_index('ix_visits_request')
        batch_op.create_index('ix_visits_request_id', ['request_id'], unique=False)
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sites_time_zone'))
    with op.batch_alter_table('assets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assets_purchased_on'))
        batch_op.drop_index(batch_op.f('ix_assets_invoiced_on'))
    with op.batch_alter_table('commitments', schema=None) as batch_op:
        batch_op.drop_index('ix_commitments_started')
        batch_op.create_index('ix_commitments_started', ['started_at'], unique=False)
    with op.batch_alter_table('receivables', schema=None) as batch_op:
        batch_op.drop_index('ix_receivables_open', sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)
        batch_op.drop_column('open_cents')
