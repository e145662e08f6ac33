"""How far the dates of each plan of active service are written, and when a date last found no window.

Revision: 0042, after 0041
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('preventive_plans', schema=None) as batch_op:
        batch_op.add_column(sa.Column('written_until_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('written_asset_id', ID, server_default='0', nullable=False))
    with op.batch_alter_table('care_dates', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('care_dates', schema=None) as batch_op:
        batch_op.drop_column('tried_at')
    with op.batch_alter_table('preventive_plans', schema=None) as batch_op:
        batch_op.drop_column('written_asset_id')
        batch_op.drop_column('written_until_on')
