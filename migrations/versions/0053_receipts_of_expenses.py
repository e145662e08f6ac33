"""Expenses keep the photo of their receipt, and when they were paid.

Revision: 0053, after 0052
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0053'
down_revision = '0052'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('expenses', schema=None) as batch_op:
        batch_op.add_column(sa.Column('receipt_id', ID, nullable=True))
        batch_op.add_column(sa.Column('paid_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f('fk_expenses_receipt_id'), 'files', ['receipt_id'], ['id'])
    # What was decided last about a paid claim was its payment.
    op.execute("UPDATE expenses SET paid_at = decided_at WHERE state = 'paid'")


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('expenses', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_expenses_receipt_id'), type_='foreignkey')
        batch_op.drop_column('paid_at')
        batch_op.drop_column('receipt_id')
