"""Event hooks: other systems that are told of events.

Revision: 0044, after 0043
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table('event_hooks',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('address', sa.String(length=500), nullable=False),
    sa.Column('secret', sa.String(length=80), nullable=False),
    sa.Column('kinds', DOCUMENT, nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('failures_in_a_row', sa.Integer(), nullable=False),
    sa.Column('made_by', sa.String(length=80), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_event_hooks'))
    )
    op.create_table('hook_deliveries',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('hook_id', ID, nullable=False),
    sa.Column('event_id', ID, nullable=True),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['status_events.id'], name=op.f('fk_hook_deliveries_event_id')),
    sa.ForeignKeyConstraint(['hook_id'], ['event_hooks.id'], name=op.f('fk_hook_deliveries_hook_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hook_deliveries')),
    sa.UniqueConstraint('hook_id', 'event_id', name=op.f('uq_hook_deliveries_hook_id_event_id'))
    )
    with op.batch_alter_table('hook_deliveries', schema=None) as batch_op:
        batch_op.create_index('ix_hook_deliveries_created_at', ['created_at'], unique=False)
        batch_op.create_index('ix_hook_deliveries_state_next', ['state', 'next_try_at'], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('hook_deliveries', schema=None) as batch_op:
        batch_op.drop_index('ix_hook_deliveries_state_next')
        batch_op.drop_index('ix_hook_deliveries_created_at')

    op.drop_table('hook_deliveries')
    op.drop_table('event_hooks')
