"""What the figures of half a year are counted from: when technicians set out, how often somebody came, and indexes.

Revision: 0059, after 0058
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = '0059'
down_revision = '0058'
branch_labels = None
depends_on = None

SET_OUT = """
UPDATE visits SET set_out_at = (
    SELECT max(said.occurred_at) FROM status_events AS said
    WHERE said.subject = 'request:' || visits.request_id AND said.kind = 'visit_on_the_way' AND {visit} = visits.id
    AND NOT EXISTS (
        SELECT 1 FROM status_events AS correction
        WHERE correction.subject = said.subject AND correction.kind = 'event_corrected' AND {position} = said.position
    )
)
"""
"""What was corrected is left out: of those events it is no longer known here when it was."""

TRIED = """
UPDATE service_requests SET tried_visits = tried.visits
FROM (
    SELECT request_id, count(*) AS visits FROM visits
    WHERE state IN ('completed', 'incomplete', 'no_access') GROUP BY request_id
) AS tried
WHERE tried.request_id = service_requests.id
"""
IS_NOT_DONE = sa.text("answer = 'not_done'")
INDEXES = (
    ('visits', 'ix_visits_request', ['request_id', 'state', 'arrived_at'], 'ix_visits_request', ['completed_at']),
    ('calls', 'ix_calls_started_at', ['started_at'], 'ix_calls_started', ['direction', 'outcome']),
    (
        'stock_moves', 'ix_stock_moves_kind_moved', ['kind', 'moved_at'],
        'ix_stock_moves_kind_moved', ['part_id', 'quantity', 'visit_id', 'id'],
    ),
    ('commitments', 'ix_commitments_decided_at', ['decided_at'], 'ix_commitments_decided', ['state', 'kind']),
    (
        'service_requests', 'ix_service_requests_opened_at', ['opened_at'],
        'ix_service_requests_opened', ['kind', 'fault_category_id', 'repeat_of_id', 'asset_id'],
    ),
    (
        'service_requests', 'ix_service_requests_closed_at', ['closed_at'],
        'ix_service_requests_closed', ['kind', 'close_reason', 'opened_at', 'tried_visits', 'id'],
    ),
)
"""Table, index until now with its columns, index from now on, and the columns that it has more."""


def upgrade() -> None:
    """Change the tables forward."""
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.add_column(sa.Column('set_out_at', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('service_requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tried_visits', sa.Integer(), server_default='0', nullable=False))
    op.execute(TRIED)
    if op.get_bind().dialect.name == 'postgresql':
        words = {'visit': "(said.facts->>'visit')::bigint", 'position': "(correction.facts->>'position')::bigint"}
    else:
        words = {
            'visit': "json_extract(said.facts, '$.visit')",
            'position': "json_extract(correction.facts, '$.position')",
        }
    op.execute(SET_OUT.format(**words))
    for table, before, columns, after, more in INDEXES:
        op.drop_index(before, table)
        op.create_index(after, table, [*columns, *more])
    op.create_index(
        'ix_work_report_items_not_done', 'work_report_items', ['report_id'],
        postgresql_where=IS_NOT_DONE, sqlite_where=IS_NOT_DONE,
    )


def downgrade() -> None:
    """Change them back."""
    op.drop_index(
        'ix_work_report_items_not_done', 'work_report_items',
        postgresql_where=IS_NOT_DONE, sqlite_where=IS_NOT_DONE,
    )
    for table, before, columns, after, _ in INDEXES:
        op.drop_index(after, table)
        op.create_index(before, table, columns)
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_column('set_out_at')
    with op.batch_alter_table('service_requests', schema=None) as batch_op:
        batch_op.drop_column('tried_visits')
