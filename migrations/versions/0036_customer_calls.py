"""Calls of ours to customers.

Revision: 0036, after 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables forward."""
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    document = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "customer_calls",
        sa.Column("id", big_id, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("to_number", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=32), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("values", document, nullable=False),
        sa.Column("customer_id", big_id, nullable=True),
        sa.Column("request_id", big_id, nullable=True),
        sa.Column("visit_id", big_id, nullable=True),
        sa.Column("care_date_id", big_id, nullable=True),
        sa.Column("message_id", big_id, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("planned_at", instant, nullable=False),
        sa.Column("next_at", instant, nullable=False),
        sa.Column("expires_at", instant, nullable=False),
        sa.Column("answered_by", sa.String(length=30), nullable=False),
        sa.Column("answers", document, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("ended_at", instant, nullable=True),
        sa.Column("ended_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["care_date_id"], ["care_dates.id"], name=op.f("fk_customer_calls_care_date_id")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_calls_customer_id")),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name=op.f("fk_customer_calls_message_id")),
        sa.ForeignKeyConstraint(["request_id"], ["service_requests.id"], name=op.f("fk_customer_calls_request_id")),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_customer_calls_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_calls")),
        sa.UniqueConstraint("kind", "about", name=op.f("uq_customer_calls_kind_about")),
    )
    with op.batch_alter_table("customer_calls", schema=None) as batch_op:
        batch_op.create_index("ix_customer_calls_state_next", ["state", "next_at"], unique=False)
        for column in ("to_number", "customer_id", "request_id", "visit_id", "care_date_id", "message_id"):
            batch_op.create_index(batch_op.f(f"ix_customer_calls_{column}"), [column], unique=False)


def downgrade() -> None:
    """Change them back."""
    op.drop_table("customer_calls")
