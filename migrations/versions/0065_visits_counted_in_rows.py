"""Counted in rows: how often and how long somebody was there; indexes for reports over years.

Revision: 0065, after 0064
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0065'
down_revision = '0064'
branch_labels = None
depends_on = None

COUNTED = """
UPDATE service_requests SET arrivals = counted.arrivals, on_site_seconds = counted.seconds
FROM (
    SELECT request_id, count(*) AS arrivals, coalesce(round(sum({seconds})), 0) AS seconds
    FROM visits WHERE arrived_at IS NOT NULL GROUP BY request_id
) AS counted
WHERE counted.request_id = service_requests.id
"""
BEFORE = """
UPDATE visits SET visits_before = (
    SELECT count(*) FROM visits AS other
    WHERE other.request_id = visits.request_id AND other.arrived_at < visits.arrived_at
)
WHERE request_id IN (SELECT request_id FROM visits WHERE arrived_at IS NOT NULL GROUP BY request_id HAVING count(*) > 1)
"""
CLOSED = ['closed_at', 'kind', 'close_reason', 'opened_at', 'tried_visits']


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.add_column(sa.Column('visits_before', sa.Integer(), server_default='0', nullable=False))
    with op.batch_alter_table('service_requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('arrivals', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('on_site_seconds', sa.Integer(), server_default='0', nullable=False))
    if op.get_bind().dialect.name == 'postgresql':
        seconds = "date_part('epoch', completed_at - arrived_at)"
    else:
        seconds = '(julianday(completed_at) - julianday(arrived_at)) * 86400.0'
    op.drop_index('ix_service_requests_closed', 'service_requests')
    op.execute(COUNTED.format(seconds=seconds))
    op.execute(BEFORE)
    op.create_index('ix_service_requests_closed', 'service_requests', [*CLOSED, 'arrivals', 'on_site_seconds', 'id'])
    op.create_index('ix_shipments_delivered_at', 'shipments', ['delivered_at'])
    op.create_index('ix_visits_completed_at', 'visits', ['completed_at'])
    op.create_index('ix_service_requests_of', 'service_requests', ['id', 'area_id', 'asset_id'])
    op.drop_index('ix_assets_product_id', 'assets')
    op.create_index('ix_assets_product', 'assets', ['product_id', 'id'])


def downgrade() -> None:
    """Change them back."""
    op.drop_index('ix_assets_product', 'assets')
    op.create_index('ix_assets_product_id', 'assets', ['product_id'])
    op.drop_index('ix_service_requests_of', 'service_requests')
    op.drop_index('ix_visits_completed_at', 'visits')
    op.drop_index('ix_shipments_delivered_at', 'shipments')
    op.drop_index('ix_service_requests_closed', 'service_requests')
    op.create_index('ix_service_requests_closed', 'service_requests', [*CLOSED, 'id'])
    with op.batch_alter_table('service_requests', schema=None) as batch_op:
        batch_op.drop_column('on_site_seconds')
        batch_op.drop_column('arrivals')
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_column('visits_before')
