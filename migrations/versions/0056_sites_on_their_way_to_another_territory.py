"""Where a site goes whose ground another territory has.

Revision: 0056, after 0055
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0056'
down_revision = '0055'
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.add_column(sa.Column('next_territory_id', BIG_ID, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_sites_next_territory_id'), 'territories', ['next_territory_id'], ['id']
        )
        batch_op.create_index(batch_op.f('ix_sites_next_territory_id'), ['next_territory_id'], unique=False)


def downgrade() -> None:
    """Change them back."""
    with op.batch_alter_table('sites', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sites_next_territory_id'))
        batch_op.drop_constraint(batch_op.f('fk_sites_next_territory_id'), type_='foreignkey')
        batch_op.drop_column('next_territory_id')
