"""Which agreement a plan of active service belongs to.

Revision: 0060, after 0059
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')

revision = '0060'
down_revision = '0059'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('preventive_plans', schema=None) as batch_op:
        batch_op.add_column(sa.Column('agreement_id', BIG_ID, nullable=True))
        batch_op.create_index(batch_op.f('ix_preventive_plans_agreement_id'), ['agreement_id'], unique=False)
        batch_op.create_foreign_key(
            batch_op.f('fk_preventive_plans_agreement_id'), 'agreements', ['agreement_id'], ['id']
        )


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('preventive_plans', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_preventive_plans_agreement_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_preventive_plans_agreement_id'))
        batch_op.drop_column('agreement_id')
