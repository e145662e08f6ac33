"""Service points and requests handed over to them.

Revision: 0013, after 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table('service_points',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.String(length=80), nullable=False),
    sa.Column('phone', sa.String(length=20), nullable=False),
    sa.Column('language', sa.String(length=32), nullable=False),
    sa.Column('time_zone', sa.String(length=64), nullable=False),
    sa.Column('districts', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_points')),
    sa.UniqueConstraint('code', name=op.f('uq_service_points_code'))
    )
    op.create_table('handovers',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('request_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('service_point_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('coming_from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('coming_until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lateness_noted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_handovers_request_id')),
    sa.ForeignKeyConstraint(['service_point_id'], ['service_points.id'], name=op.f('fk_handovers_service_point_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handovers')),
    sa.UniqueConstraint('request_id', 'service_point_id', name=op.f('uq_handovers_request_id_service_point_id'))
    )
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_handovers_request_id'), ['request_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_handovers_service_point_id'), ['service_point_id'], unique=False)
        batch_op.create_index('ix_handovers_state_answer', ['state', 'answer_until_at'], unique=False)



def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.drop_index('ix_handovers_state_answer')
        batch_op.drop_index(batch_op.f('ix_handovers_service_point_id'))
        batch_op.drop_index(batch_op.f('ix_handovers_request_id'))

    op.drop_table('handovers')
    op.drop_table('service_points')
