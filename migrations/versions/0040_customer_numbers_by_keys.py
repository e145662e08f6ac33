"""Customer numbers by keys: what a telephone's keys can enter of them, found by an index.

Revision: 0040, after 0039
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op


revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None

AT_ONCE = 1000
CUSTOMERS = sa.table(
    'customers', sa.column('id', sa.BigInteger), sa.column('number', sa.String), sa.column('number_digits', sa.String)
)


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('number_digits', sa.String(length=20), server_default='', nullable=False))
    _fill()
    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.alter_column('number_digits', server_default=None)
        batch_op.create_index(batch_op.f('ix_customers_number_digits'), ['number_digits'], unique=False)


def _fill() -> None:
    connection = op.get_bind()
    change = (
        CUSTOMERS.update()
        .where(CUSTOMERS.c.id == sa.bindparam('of_id'))
        .values(number_digits=sa.bindparam('digits'))
    )
    last_id = 0
    while rows := connection.execute(
        sa.select(CUSTOMERS.c.id, CUSTOMERS.c.number)
        .where(CUSTOMERS.c.id > last_id)
        .order_by(CUSTOMERS.c.id)
        .limit(AT_ONCE)
    ).all():
        connection.execute(change, [{'of_id': row.id, 'digits': re.sub(r'\D', '', row.number)} for row in rows])
        last_id = rows[-1].id


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('customers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_customers_number_digits'))
        batch_op.drop_column('number_digits')
