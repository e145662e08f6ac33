"""The number a caller wants to be reached at.

Revision: 0019, after 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('contact_phone', sa.String(length=20), nullable=True))



def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.drop_column('contact_phone')
