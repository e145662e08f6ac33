"""Files that may be one customer's are kept as pairs, found when a file has changed.

Revision: 0066, after 0065
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0066'
down_revision = '0065'
branch_labels = None
depends_on = None

NOT_COMPARED = sa.text('NOT is_compared')
TABLES = ('customers', 'customer_phones', 'sites')
REASONS = sa.String(length=32)


def upgrade() -> None:
    """Change the tables forward; the clock compares every file once."""
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('is_compared', sa.Boolean(), server_default=sa.false(), nullable=False))
            if table == 'sites':
                batch_op.add_column(sa.Column('likeness_mark', sa.String(length=64), nullable=True))
        op.create_index(
            f'ix_{table}_not_compared', table, ['id'], postgresql_where=NOT_COMPARED, sqlite_where=NOT_COMPARED
        )
    op.create_index('ix_sites_likeness_mark', 'sites', ['likeness_mark'])
    op.create_table(
        'file_likenesses',
        sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
        sa.Column('first_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('second_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('reason', REASONS, nullable=False),
        sa.ForeignKeyConstraint(['first_id'], ['customers.id'], name=op.f('fk_file_likenesses_first_id')),
        sa.ForeignKeyConstraint(['second_id'], ['customers.id'], name=op.f('fk_file_likenesses_second_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_file_likenesses')),
        sa.UniqueConstraint('first_id', 'second_id', name=op.f('uq_file_likenesses_first_id_second_id')),
    )
    op.create_index(op.f('ix_file_likenesses_second_id'), 'file_likenesses', ['second_id'])


def downgrade() -> None:
    """Change them back."""
    op.drop_table('file_likenesses')
    op.drop_index('ix_sites_likeness_mark', 'sites')
    for table in TABLES:
        op.drop_index(
            f'ix_{table}_not_compared', table, postgresql_where=NOT_COMPARED, sqlite_where=NOT_COMPARED
        )
        with op.batch_alter_table(table, schema=None) as batch_op:
            if table == 'sites':
                batch_op.drop_column('likeness_mark')
            batch_op.drop_column('is_compared')
