"""Files of letters.

Revision: 0034, after 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("inbound_id", BIG_ID, nullable=True)
        )
        batch_op.add_column(sa.Column("name", sa.String(length=120), server_default="", nullable=False))
        batch_op.alter_column(
            "request_id", existing_type=BIG_ID, nullable=True
        )
        batch_op.create_foreign_key(batch_op.f("fk_files_inbound_id"), "inbound_messages", ["inbound_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_files_inbound_id"), ["inbound_id"], unique=False)

    with op.batch_alter_table("inbound_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("left_out", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Change them back; what came with e-mails that are about no request is forgotten."""
    with op.batch_alter_table("inbound_messages", schema=None) as batch_op:
        batch_op.drop_column("left_out")

    op.execute("DELETE FROM files WHERE request_id IS NULL")
    with op.batch_alter_table("files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_files_inbound_id"))
        batch_op.drop_constraint(batch_op.f("fk_files_inbound_id"), type_="foreignkey")
        batch_op.alter_column(
            "request_id", existing_type=BIG_ID, nullable=False
        )
        batch_op.drop_column("name")
        batch_op.drop_column("inbound_id")
