"""The other model that an exchange is for.

Revision: 0041, after 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('returns', schema=None) as batch_op:
        batch_op.add_column(sa.Column('replacement_product_id', ID, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_returns_replacement_product_id'), 'products', ['replacement_product_id'], ['id']
        )


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('returns', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_returns_replacement_product_id'), type_='foreignkey')
        batch_op.drop_column('replacement_product_id')
