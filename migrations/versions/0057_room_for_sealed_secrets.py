"""Room for sealed secrets: longer than the secrets themselves.

Revision: 0057, after 0056
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0057'
down_revision = '0056'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('event_hooks', schema=None) as batch_op:
        batch_op.alter_column('secret', existing_type=sa.String(80), type_=sa.String(300), existing_nullable=False)
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.alter_column('totp_secret', existing_type=sa.String(40), type_=sa.String(300), existing_nullable=True)


def downgrade() -> None:
    """Change them back: what is sealed does not fit, so it keeps its room."""
