"""full-text search, and the desk's comforts

Revision ID: 0008
Revises: 0007

After the upgrade the sweep ``take_up_search`` fills the search index; ``flask search rebuild`` does it at once.
"""
from alembic import op
import sqlalchemy as sa


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

_OLD = "INSERT INTO search_fts(search_fts, rowid, words, chars) VALUES ('delete', old.request_id, old.words, old.chars);"
_NEW = "INSERT INTO search_fts(rowid, words, chars) VALUES (new.request_id, new.words, new.chars);"
SQLITE = (
    "CREATE VIRTUAL TABLE search_fts USING fts5(words, chars, content='search_texts', content_rowid='request_id',"
    " tokenize='unicode61 remove_diacritics 0')",
    f"CREATE TRIGGER search_fts_insert AFTER INSERT ON search_texts BEGIN {_NEW} END",
    f"CREATE TRIGGER search_fts_delete AFTER DELETE ON search_texts BEGIN {_OLD} END",
    f"CREATE TRIGGER search_fts_update AFTER UPDATE ON search_texts BEGIN {_OLD} {_NEW} END",
)
POSTGRESQL = tuple(
    statement
    for name in ("words", "chars")
    for statement in (
        f"ALTER TABLE search_texts ADD COLUMN search_fts_{name} tsvector"
        f" GENERATED ALWAYS AS (to_tsvector('simple', {name})) STORED",
        f"CREATE INDEX ix_search_fts_{name} ON search_texts USING gin (search_fts_{name})",
    )
)


def upgrade():
    op.create_table('search_texts',
    sa.Column('request_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('chars', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_search_texts_request_id_service_requests'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('request_id', name=op.f('pk_search_texts'))
    )
    for statement in POSTGRESQL if op.get_bind().dialect.name == 'postgresql' else SQLITE:
        op.execute(sa.text(statement))

    op.create_table('saved_filters',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('query', sa.String(length=600), nullable=False),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_saved_filters_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filters')),
    sa.UniqueConstraint('user_id', 'name', name=op.f('uq_saved_filters_user_id_name'))
    )
    op.create_table('reply_templates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('author_id', sa.Integer(), nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['users.id'], name=op.f('fk_reply_templates_author_id_users')),
    sa.ForeignKeyConstraint(['category_id'], ['categories.id'], name=op.f('fk_reply_templates_category_id_categories')),
    sa.ForeignKeyConstraint(['department_id'], ['departments.id'], name=op.f('fk_reply_templates_department_id_departments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reply_templates'))
    )
    with op.batch_alter_table('reply_templates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reply_templates_author_id'), ['author_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_reply_templates_department_id'), ['department_id'], unique=False)

    op.create_table('case_looks',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('request_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('event_count', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_case_looks_request_id_service_requests'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_case_looks_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'request_id', name=op.f('pk_case_looks'))
    )
    op.create_table('case_files',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_case_files_request_id_service_requests')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_case_files_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_files'))
    )
    with op.batch_alter_table('case_files', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_case_files_request_id'), ['request_id'], unique=False)

    op.create_table('mentions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['event_id'], ['request_events.id'], name=op.f('fk_mentions_event_id_request_events')),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_mentions_request_id_service_requests')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_mentions_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mentions')),
    sa.UniqueConstraint('event_id', 'user_id', name=op.f('uq_mentions_event_id_user_id'))
    )
    with op.batch_alter_table('mentions', schema=None) as batch_op:
        batch_op.create_index('ix_mentions_open', ['user_id', 'seen_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_mentions_request_id'), ['request_id'], unique=False)


def downgrade():
    for table in ('mentions', 'case_files', 'case_looks', 'reply_templates', 'saved_filters'):
        op.drop_table(table)
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(sa.text('DROP TABLE search_fts'))
    op.drop_table('search_texts')
