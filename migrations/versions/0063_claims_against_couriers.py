"""What is claimed from couriers for parcels that were lost or damaged; a courier owes us like a customer.

Revision: 0063, after 0062
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0063'
down_revision = '0062'
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table(
        'parcel_claims',
        sa.Column('id', ID, nullable=False),
        sa.Column('shipment_id', ID, nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('currency', sa.String(length=3), nullable=False),
        *(
            sa.Column(f'{name}_cents', sa.BigInteger(), nullable=name == 'granted')
            for name in ('value', 'loss', 'insured', 'carriage', 'claimed', 'granted')
        ),
        sa.Column('reference', sa.String(length=40), nullable=False),
        sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('raised_by', sa.String(length=80), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('answered_by', sa.String(length=80), nullable=True),
        sa.Column('answer', sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(['shipment_id'], ['shipments.id'], name=op.f('fk_parcel_claims_shipment_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_parcel_claims')),
    )
    op.create_index(op.f('ix_parcel_claims_shipment_id'), 'parcel_claims', ['shipment_id'], unique=False)
    op.create_index(op.f('ix_parcel_claims_answered_at'), 'parcel_claims', ['answered_at'], unique=False)
    op.create_index('ix_parcel_claims_state_due', 'parcel_claims', ['state', 'due_at'], unique=False)
    with op.batch_alter_table('receivables', schema=None) as batch_op:
        batch_op.alter_column('customer_id', existing_type=ID, nullable=True)
        batch_op.add_column(sa.Column('courier', sa.String(length=40), server_default='', nullable=False))
        batch_op.add_column(sa.Column('shipment_id', ID, nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_receivables_shipment_id'), 'shipments', ['shipment_id'], ['id'])
        batch_op.create_index(batch_op.f('ix_receivables_shipment_id'), ['shipment_id'], unique=False)
        batch_op.create_check_constraint(
            batch_op.f('ck_receivables_customer_or_courier'), "(customer_id IS NULL) <> (courier = '')"
        )


def downgrade() -> None:
    """Change them back; what couriers owe and have paid goes with their claims."""
    owed = "(SELECT id FROM receivables WHERE customer_id IS NULL)"
    op.execute(f'DELETE FROM payments WHERE receivable_id IN {owed}')
    op.execute('DELETE FROM receivables WHERE customer_id IS NULL')
    with op.batch_alter_table('receivables', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_receivables_customer_or_courier'), type_='check')
        batch_op.drop_index(batch_op.f('ix_receivables_shipment_id'))
        batch_op.drop_constraint(batch_op.f('fk_receivables_shipment_id'), type_='foreignkey')
        batch_op.drop_column('shipment_id')
        batch_op.drop_column('courier')
        batch_op.alter_column('customer_id', existing_type=ID, nullable=False)
    op.drop_table('parcel_claims')
