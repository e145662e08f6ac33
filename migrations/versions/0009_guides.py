"""What callers are told, in versions; what there is becomes the first version of each guide.

Revision: 0009, after 0008
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

ALWAYS = sa.bindparam("always", dt.datetime(2000, 1, 1, tzinfo=dt.UTC), sa.DateTime(timezone=True))
VERSION = "insert into guides (kind, about, model_code, version, in_force_from_at, written_at, written_by, released_by)"
ENTRY = "insert into guide_entries (guide_id, position, title, title_en, text, text_en)"
NEWEST = """g.model_code = '' and g.version = (
    select max(v.version) from guides v
    where v.kind = g.kind and v.about = g.about and v.model_code = '' and v.in_force_from_at is not null)"""
TO_GUIDES = (
    f"""{VERSION} select 'steps', f.code, '', 1, :always, :always, 'catalogue', 'catalogue' from fault_categories f
    where exists (select 1 from troubleshooting_steps s where s.fault_category_id = f.id)""",
    f"""{ENTRY} select g.id, s.position, '', '', s.text, s.text_en from troubleshooting_steps s
    join fault_categories f on f.id = s.fault_category_id join guides g on g.kind = 'steps' and g.about = f.code""",
    f"""{VERSION} select distinct 'questions', q.family, '', 1, :always, :always, 'catalogue', 'catalogue'
    from common_questions q""",
    f"""{ENTRY} select g.id, q.position, q.question, q.question_en, q.answer, q.answer_en from common_questions q
    join guides g on g.kind = 'questions' and g.about = q.family""",
)
FROM_GUIDES = (
    f"""insert into troubleshooting_steps (fault_category_id, position, text, text_en)
    select f.id, e.position, e.text, e.text_en from guide_entries e join guides g on g.id = e.guide_id
    join fault_categories f on f.code = g.about where g.kind = 'steps' and {NEWEST}""",
    f"""insert into common_questions (family, position, question, question_en, answer, answer_en)
    select g.about, e.position, e.title, e.title_en, e.text, e.text_en from guide_entries e
    join guides g on g.id = e.guide_id where g.kind = 'questions' and {NEWEST}""",
)


def upgrade() -> None:
    """Change the tables forward."""
    op.create_table('guides',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('about', sa.String(length=40), nullable=False),
    sa.Column('model_code', sa.String(length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('in_force_from_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('written_by', sa.String(length=80), nullable=False),
    sa.Column('released_by', sa.String(length=80), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guides')),
    sa.UniqueConstraint('kind', 'about', 'model_code', 'version', name=op.f('uq_guides_kind_about_model_code_version'))
    )
    op.create_table('guide_entries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('guide_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('title_en', sa.String(length=80), nullable=False),
    sa.Column('text', sa.String(length=300), nullable=False),
    sa.Column('text_en', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['guide_id'], ['guides.id'], name=op.f('fk_guide_entries_guide_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guide_entries')),
    sa.UniqueConstraint('guide_id', 'position', name=op.f('uq_guide_entries_guide_id_position'))
    )
    op.create_table('heard_entries',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('entry_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('call_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('is_solved', sa.Boolean(), nullable=False),
    sa.Column('heard_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_heard_entries_call_id')),
    sa.ForeignKeyConstraint(['entry_id'], ['guide_entries.id'], name=op.f('fk_heard_entries_entry_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_heard_entries')),
    sa.UniqueConstraint('entry_id', 'call_id', name=op.f('uq_heard_entries_entry_id_call_id'))
    )
    with op.batch_alter_table('heard_entries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_heard_entries_call_id'), ['call_id'], unique=False)
        batch_op.create_index('ix_heard_entries_heard_at', ['heard_at'], unique=False)

    for statement in TO_GUIDES:
        text = sa.text(statement)
        op.execute(text.bindparams(ALWAYS) if ":always" in statement else text)
    op.drop_table('common_questions')
    with op.batch_alter_table('troubleshooting_steps', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_troubleshooting_steps_fault_category_id'))

    op.drop_table('troubleshooting_steps')


def downgrade() -> None:
    """Change them back."""
    op.create_table('troubleshooting_steps',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('fault_category_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(length=300), nullable=False),
    sa.Column('text_en', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['fault_category_id'], ['fault_categories.id'], name=op.f('fk_troubleshooting_steps_fault_category_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_troubleshooting_steps')),
    sa.UniqueConstraint('fault_category_id', 'position', name=op.f('uq_troubleshooting_steps_fault_category_id_position'))
    )
    with op.batch_alter_table('troubleshooting_steps', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_troubleshooting_steps_fault_category_id'), ['fault_category_id'], unique=False)

    op.create_table('common_questions',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('family', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('question', sa.String(length=80), nullable=False),
    sa.Column('question_en', sa.String(length=80), nullable=False),
    sa.Column('answer', sa.String(length=300), nullable=False),
    sa.Column('answer_en', sa.String(length=300), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_common_questions')),
    sa.UniqueConstraint('family', 'position', name=op.f('uq_common_questions_family_position'))
    )
    for statement in FROM_GUIDES:
        op.execute(statement)
    with op.batch_alter_table('heard_entries', schema=None) as batch_op:
        batch_op.drop_index('ix_heard_entries_heard_at')
        batch_op.drop_index(batch_op.f('ix_heard_entries_call_id'))

    op.drop_table('heard_entries')
    op.drop_table('guide_entries')
    op.drop_table('guides')
