"""Clock rules, calendars and timers; what a clock was promised under.

Revision: 0011, after 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
DOCUMENT = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), 'postgresql')


def upgrade() -> None:
    """Change the tables forward."""
    for table, key in (('clock_rule_versions', 'kind'), ('calendar_versions', 'code')):
        op.create_table(table,
        sa.Column('id', BIG_ID, autoincrement=True, nullable=False),
        sa.Column(key, sa.String(length=32), nullable=False),
        sa.Column('in_force_from_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('document', DOCUMENT, nullable=False),
        sa.Column('approved_by', sa.String(length=80), nullable=False),
        sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f(f'pk_{table}')),
        sa.UniqueConstraint(key, 'in_force_from_at', name=op.f(f'uq_{table}_{key}_in_force_from_at')),
        )
    op.create_table('clock_timers',
    sa.Column('id', BIG_ID, autoincrement=True, nullable=False),
    sa.Column('commitment_id', BIG_ID, nullable=False),
    sa.Column('step', sa.String(length=24), nullable=False),
    sa.Column('tells', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_by', sa.String(length=80), nullable=True),
    sa.ForeignKeyConstraint(['commitment_id'], ['commitments.id'], name=op.f('fk_clock_timers_commitment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_timers')),
    sa.UniqueConstraint('commitment_id', 'step', name=op.f('uq_clock_timers_commitment_id_step')),
    )
    with op.batch_alter_table('clock_timers', schema=None) as batch_op:
        batch_op.create_index('ix_clock_timers_state_due', ['state', 'due_at'], unique=False)
    with op.batch_alter_table('commitments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('area_id', BIG_ID, nullable=True))
        batch_op.add_column(sa.Column('rule_version', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('agreement', sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column('fulfilled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('left_seconds', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_commitments_area_id'), 'areas', ['area_id'], ['id'])
        batch_op.create_index('ix_commitments_started', ['started_at'], unique=False)
    op.execute(
        'UPDATE commitments SET area_id = '
        '(SELECT area_id FROM service_requests WHERE service_requests.id = commitments.request_id)'
    )


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('commitments', schema=None) as batch_op:
        batch_op.drop_index('ix_commitments_started')
        batch_op.drop_constraint(batch_op.f('fk_commitments_area_id'), type_='foreignkey')
        for column in ('left_seconds', 'fulfilled_at', 'agreement', 'rule_version', 'area_id'):
            batch_op.drop_column(column)
    op.drop_table('clock_timers')
    op.drop_table('calendar_versions')
    op.drop_table('clock_rule_versions')
