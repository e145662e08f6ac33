"""Owners of complaints are users, and what is done better after one has an owner and a day.

Revision: 0052, after 0051
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward; an owner whose name no user has stays in the complaint's events."""
    with op.batch_alter_table('complaints', schema=None) as batch_op:
        batch_op.add_column(sa.Column('owner_id', ID, nullable=True))
        batch_op.add_column(sa.Column('improvement_owner_id', ID, nullable=True))
        batch_op.add_column(sa.Column('improvement_due_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('improvement_done_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('improvement_done_by', sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column('improvement_outcome', sa.Text(), server_default='', nullable=False))
        for column in ('owner_id', 'improvement_owner_id'):
            batch_op.create_foreign_key(batch_op.f(f'fk_complaints_{column}'), 'users', [column], ['id'])
            batch_op.create_index(batch_op.f(f'ix_complaints_{column}'), [column], unique=False)
    op.execute(
        'UPDATE complaints SET owner_id = (SELECT min(users.id) FROM users '
        'WHERE users.name = complaints.owner OR users.display_name = complaints.owner) WHERE owner IS NOT NULL'
    )
    with op.batch_alter_table('complaints', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_complaints_owner'))
        batch_op.drop_column('owner')


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('complaints', schema=None) as batch_op:
        batch_op.add_column(sa.Column('owner', sa.String(length=80), nullable=True))
    op.execute(
        'UPDATE complaints SET owner = (SELECT users.name FROM users WHERE users.id = complaints.owner_id) '
        'WHERE owner_id IS NOT NULL'
    )
    with op.batch_alter_table('complaints', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaints_owner'), ['owner'], unique=False)
        for column in ('owner_id', 'improvement_owner_id'):
            batch_op.drop_index(batch_op.f(f'ix_complaints_{column}'))
            batch_op.drop_constraint(batch_op.f(f'fk_complaints_{column}'), type_='foreignkey')
        for column in (
            'improvement_outcome',
            'improvement_done_by',
            'improvement_done_at',
            'improvement_due_on',
            'improvement_owner_id',
            'owner_id',
        ):
            batch_op.drop_column(column)
