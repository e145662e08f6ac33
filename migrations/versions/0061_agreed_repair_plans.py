"""What a customer signs before work besides the amounts: how it is done, how long it takes, who of sales answers for it.

Revision: 0061, after 0060
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0061'
down_revision = '0060'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('work_reports', schema=None) as batch_op:
        batch_op.add_column(sa.Column('agreed_method', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('agreed_minutes', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('agreed_salesperson', sa.String(length=80), server_default='', nullable=False))


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('work_reports', schema=None) as batch_op:
        batch_op.drop_column('agreed_salesperson')
        batch_op.drop_column('agreed_minutes')
        batch_op.drop_column('agreed_method')
