"""Parcels know the return whose machine is in them.

Revision: 0054, after 0053
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0054'
down_revision = '0053'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('shipments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('return_id', ID, nullable=True))
        batch_op.create_foreign_key(op.f('fk_shipments_return_id'), 'returns', ['return_id'], ['id'])
        batch_op.create_index(op.f('ix_shipments_return_id'), ['return_id'], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('shipments', schema=None) as batch_op:
        batch_op.drop_index(op.f('ix_shipments_return_id'))
        batch_op.drop_constraint(batch_op.f('fk_shipments_return_id'), type_='foreignkey')
        batch_op.drop_column('return_id')
