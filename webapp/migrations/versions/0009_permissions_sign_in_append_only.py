"""sign-in: sessions, second factor, single sign-on; append-only trails; officials have an area

Revision ID: 0009
Revises: 0008

"""
from alembic import op
import sqlalchemy as sa


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

APPEND_ONLY = ('audit_entries', 'request_events')
VERBS = {'sqlite': ('update', 'delete'), 'postgresql': ('update', 'delete', 'truncate')}


def upgrade():
    op.create_table('staff_sessions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('method', sa.String(length=12), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('address', sa.String(length=45), nullable=False),
    sa.Column('user_agent', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_staff_sessions_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_staff_sessions')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_staff_sessions_token_hash'))
    )
    op.create_index('ix_staff_sessions_user_open', 'staff_sessions', ['user_id', 'ended_at'], unique=False)
    op.create_table('second_factors',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_second_factors_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_second_factors'))
    )
    op.create_table('recovery_codes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_recovery_codes_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_recovery_codes_code_hash'))
    )
    op.create_index(op.f('ix_recovery_codes_user_id'), 'recovery_codes', ['user_id'], unique=False)

    # By plain statements: a batch would make a new table of users, which half the schema refers to.
    op.add_column('users', sa.Column('sso_subject', sa.String(length=255), nullable=True))
    op.create_index('ix_users_sso_subject', 'users', ['sso_subject'], unique=True)
    op.execute('ALTER TABLE users DROP COLUMN session_epoch')
    # An official without an area saw the whole city; now a reach without an area is none.
    op.execute("UPDATE users SET area_id = (SELECT min(id) FROM areas WHERE level = 1) "
               "WHERE role = 'official' AND area_id IS NULL")

    op.create_index('ix_audit_entries_subject', 'audit_entries', ['subject', 'id'], unique=False)
    op.create_index('ix_audit_entries_at', 'audit_entries', ['at'], unique=False)
    _protect()


def _protect():
    dialect = op.get_bind().dialect.name
    if dialect == 'postgresql':
        op.execute("""CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $body$""")
    for table in APPEND_ONLY:
        for verb in VERBS[dialect]:
            if dialect == 'sqlite':
                op.execute(f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                           f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")
            else:
                each = 'STATEMENT' if verb == 'truncate' else 'ROW'
                op.execute(f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                           f"FOR EACH {each} EXECUTE FUNCTION refuse_change()")


def downgrade():
    dialect = op.get_bind().dialect.name
    for table in APPEND_ONLY:
        for verb in VERBS[dialect]:
            op.execute(f"DROP TRIGGER {table}_no_{verb}" + ("" if dialect == 'sqlite' else f" ON {table}"))
    if dialect == 'postgresql':
        op.execute('DROP FUNCTION refuse_change()')
    op.drop_index('ix_audit_entries_at', table_name='audit_entries')
    op.drop_index('ix_audit_entries_subject', table_name='audit_entries')
    op.add_column('users', sa.Column('session_epoch', sa.Integer(), nullable=False, server_default='0'))
    op.drop_index('ix_users_sso_subject', table_name='users')
    op.execute('ALTER TABLE users DROP COLUMN sso_subject')
    op.drop_table('recovery_codes')
    op.drop_table('second_factors')
    op.drop_table('staff_sessions')
