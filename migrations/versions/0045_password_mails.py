"""Password mails: users have e-mail addresses, and ask for password links by mail.

Revision: 0045, after 0044
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('email', sa.String(length=254), nullable=True))
        batch_op.create_unique_constraint(op.f('uq_users_email'), ['email'])

    op.create_table('password_mails',
    sa.Column('id', ID, autoincrement=True, nullable=False),
    sa.Column('user_id', ID, nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_try_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_password_mails_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_mails'))
    )
    with op.batch_alter_table('password_mails', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_password_mails_next_try_at'), ['next_try_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_password_mails_user_id'), ['user_id'], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('password_mails', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_password_mails_user_id'))
        batch_op.drop_index(batch_op.f('ix_password_mails_next_try_at'))

    op.drop_table('password_mails')
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_users_email'), type_='unique')
        batch_op.drop_column('email')
