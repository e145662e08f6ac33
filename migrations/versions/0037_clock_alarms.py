"""Clock alarms: escalations that telephone, and the hours within which a step may wake anybody.

Revision: 0037, after 0036
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('clock_timers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('is_called', sa.Boolean(), server_default=sa.text('false'), nullable=False))
        batch_op.add_column(sa.Column('calendar', sa.String(length=32), nullable=True))

    op.create_table('clock_alarms',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('timer_id', ID, nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('called_turn_ids', DOCUMENT, nullable=False),
    sa.Column('next_call_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_turn_id', ID, nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['accepted_turn_id'], ['duty_turns.id'], name=op.f('fk_clock_alarms_accepted_turn_id')),
    sa.ForeignKeyConstraint(['timer_id'], ['clock_timers.id'], name=op.f('fk_clock_alarms_timer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_alarms')),
    sa.UniqueConstraint('timer_id', name=op.f('uq_clock_alarms_timer_id'))
    )
    with op.batch_alter_table('clock_alarms', schema=None) as batch_op:
        batch_op.create_index('ix_clock_alarms_state_next', ['state', 'next_call_at'], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('clock_alarms', schema=None) as batch_op:
        batch_op.drop_index('ix_clock_alarms_state_next')

    op.drop_table('clock_alarms')
    with op.batch_alter_table('clock_timers', schema=None) as batch_op:
        batch_op.drop_column('calendar')
        batch_op.drop_column('is_called')
