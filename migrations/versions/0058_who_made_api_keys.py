"""Who made a key to the JSON API, and when it was last used.

Revision: 0058, after 0057
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0058'
down_revision = '0057'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('api_keys', schema=None) as batch_op:
        batch_op.add_column(sa.Column('made_by', sa.String(length=60), server_default='', nullable=False))
        batch_op.add_column(sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('api_keys', schema=None) as batch_op:
        batch_op.drop_column('last_used_at')
        batch_op.drop_column('made_by')
