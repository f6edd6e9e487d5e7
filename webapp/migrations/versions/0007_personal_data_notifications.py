"""personal data, notifications, protected reports

Revision ID: 0007
Revises: 0006

"""
from alembic import op
import sqlalchemy as sa


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('notification_settings',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('muted', sa.JSON(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('digest', sa.Boolean(), nullable=False),
    sa.Column('digest_sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_notification_settings_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_notification_settings'))
    )
    op.create_table('notifications',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('subject', sa.String(length=160), nullable=False),
    sa.Column('url', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_notifications_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notifications')),
    sa.UniqueConstraint('user_id', 'key', name=op.f('uq_notifications_user_id_key'))
    )
    with op.batch_alter_table('notifications', schema=None) as batch_op:
        batch_op.create_index('ix_notifications_unread', ['user_id', 'read_at', 'created_at'], unique=False)

    op.create_table('data_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('executed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['decided_by_id'], ['users.id'], name=op.f('fk_data_requests_decided_by_id_users')),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_data_requests_request_id_service_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_requests'))
    )
    with op.batch_alter_table('data_requests', schema=None) as batch_op:
        batch_op.create_index('ix_data_requests_open', ['outcome', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_data_requests_request_id'), ['request_id'], unique=False)

    op.create_table('sealed_notes',
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('salt', sa.String(length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['request_events.id'], name=op.f('fk_sealed_notes_event_id_request_events')),
    sa.PrimaryKeyConstraint('event_id', name=op.f('pk_sealed_notes'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('key', sa.String(length=120), nullable=True))
        batch_op.create_unique_constraint(batch_op.f('uq_outbox_key'), ['key'])

    with op.batch_alter_table('reviews', schema=None) as batch_op:
        batch_op.add_column(sa.Column('consent_version', sa.String(length=12), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('words_masked_at', sa.DateTime(timezone=True), nullable=True))

    # SQLite cannot copy and drop a table that others refer to; adding and dropping plain columns needs no copy.
    with op.batch_alter_table('service_requests', recreate='never') as batch_op:
        batch_op.add_column(sa.Column('anonymous', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('consent_version', sa.String(length=12), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('words_salt', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('words_masked_at', sa.DateTime(timezone=True), nullable=True))
    op.execute(
        'ALTER TABLE service_requests ADD COLUMN reported_department_id INTEGER'
        ' CONSTRAINT fk_service_requests_reported_department_id_departments REFERENCES departments (id)'
    )
    op.create_index('ix_service_requests_reported_department_id', 'service_requests', ['reported_department_id'])


def downgrade():
    op.drop_index('ix_service_requests_reported_department_id', 'service_requests')
    for column in ('reported_department_id', 'words_masked_at', 'words_salt', 'consent_version', 'anonymous'):
        op.execute(f'ALTER TABLE service_requests DROP COLUMN {column}')
    for column in ('words_masked_at', 'consent_version'):
        op.execute(f'ALTER TABLE reviews DROP COLUMN {column}')

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_outbox_key'), type_='unique')
        batch_op.drop_column('key')

    op.drop_table('sealed_notes')
    with op.batch_alter_table('data_requests', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_data_requests_request_id'))
        batch_op.drop_index('ix_data_requests_open')

    op.drop_table('data_requests')
    with op.batch_alter_table('notifications', schema=None) as batch_op:
        batch_op.drop_index('ix_notifications_unread')

    op.drop_table('notifications')
    op.drop_table('notification_settings')