"""follow-up by link and by phone, appeals against bad reviews, mediation

Revision ID: 0005
Revises: 0004

"""
from alembic import op
import sqlalchemy as sa


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None
ROLLUPS = ('service_day', 'department_day', 'area_day', 'category_day')


def upgrade():
    op.create_table('follow_up_samples',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('drawn_by_id', sa.Integer(), nullable=True),
    sa.Column('seed', sa.String(length=40), nullable=False),
    sa.Column('rule', sa.JSON(), nullable=False),
    sa.Column('frame', sa.JSON(), nullable=False),
    sa.Column('strata', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['drawn_by_id'], ['users.id'], name=op.f('fk_follow_up_samples_drawn_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_up_samples'))
    )
    op.create_table('follow_up_calls',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('sample_id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('taken_by_id', sa.Integer(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('contacted', sa.Boolean(), nullable=True),
    sa.Column('solved', sa.String(length=8), nullable=True),
    sa.Column('satisfied', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_follow_up_calls_request_id_service_requests')),
    sa.ForeignKeyConstraint(['sample_id'], ['follow_up_samples.id'], name=op.f('fk_follow_up_calls_sample_id_follow_up_samples')),
    sa.ForeignKeyConstraint(['taken_by_id'], ['users.id'], name=op.f('fk_follow_up_calls_taken_by_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_up_calls')),
    sa.UniqueConstraint('request_id', name=op.f('uq_follow_up_calls_request_id')),
    sa.UniqueConstraint('sample_id', 'place', name=op.f('uq_follow_up_calls_sample_id_place'))
    )
    with op.batch_alter_table('follow_up_calls', schema=None) as batch_op:
        batch_op.create_index('ix_follow_up_calls_due', ['state', 'not_before'], unique=False)

    op.create_table('mediations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('dispute', sa.String(length=16), nullable=False),
    sa.Column('body', sa.String(length=80), nullable=False),
    sa.Column('consent', sa.String(length=12), nullable=False),
    sa.Column('referred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('referred_by_id', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.String(length=16), nullable=True),
    sa.Column('outcome_note', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['ended_by_id'], ['users.id'], name=op.f('fk_mediations_ended_by_id_users')),
    sa.ForeignKeyConstraint(['referred_by_id'], ['users.id'], name=op.f('fk_mediations_referred_by_id_users')),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_mediations_request_id_service_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mediations'))
    )
    with op.batch_alter_table('mediations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mediations_request_id'), ['request_id'], unique=False)
        batch_op.create_index('ix_mediations_running', ['ended_at', 'referred_at'], unique=False)

    op.create_table('follow_up_attempts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['follow_up_calls.id'], name=op.f('fk_follow_up_attempts_call_id_follow_up_calls')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_follow_up_attempts_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_follow_up_attempts'))
    )
    with op.batch_alter_table('follow_up_attempts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_follow_up_attempts_call_id'), ['call_id'], unique=False)

    op.create_table('appeals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('rectification_id', sa.Integer(), nullable=False),
    sa.Column('service_id', sa.Integer(), nullable=False),
    sa.Column('ground', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('appealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('appealed_by_id', sa.Integer(), nullable=True),
    sa.Column('decide_due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('granted', sa.Boolean(), nullable=True),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['appealed_by_id'], ['users.id'], name=op.f('fk_appeals_appealed_by_id_users')),
    sa.ForeignKeyConstraint(['decided_by_id'], ['users.id'], name=op.f('fk_appeals_decided_by_id_users')),
    sa.ForeignKeyConstraint(['rectification_id'], ['rectifications.id'], name=op.f('fk_appeals_rectification_id_rectifications')),
    sa.ForeignKeyConstraint(['service_id'], ['services.id'], name=op.f('fk_appeals_service_id_services')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appeals')),
    sa.UniqueConstraint('rectification_id', name=op.f('uq_appeals_rectification_id'))
    )
    with op.batch_alter_table('appeals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_appeals_service_id'), ['service_id'], unique=False)
        batch_op.create_index('ix_appeals_waiting', ['decided_at', 'decide_due_at'], unique=False)

    # Plain ALTERs: SQLite knows them, and rebuilding the roll-ups would cost them their order on disk.
    for table in ROLLUPS:
        op.add_column(table, sa.Column('bad_heard', sa.BigInteger(), server_default='0', nullable=False))
        # Until now a follow-up ended with a word only.
        op.execute(f'UPDATE {table} SET bad_heard = bad_asked')

    op.add_column('rectifications', sa.Column('status', sa.String(length=16), server_default='opened', nullable=False))
    op.create_index('ix_rectifications_status', 'rectifications', ['status', 'rectified_at'], unique=False)
    op.execute("""
        UPDATE rectifications SET status = CASE
          WHEN followed_up_at IS NOT NULL THEN 'followed_up' WHEN rectified_at IS NOT NULL THEN 'rectified'
          WHEN EXISTS (SELECT 1 FROM reviews WHERE reviews.id = rectifications.review_id AND reviews.rating > 2)
          THEN 'rescinded' WHEN verified_at IS NOT NULL THEN 'verified' ELSE 'opened' END
    """)

    op.add_column('reviews', sa.Column('contact_phone', sa.Text(), nullable=True))
    op.add_column('service_requests', sa.Column('heard_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('service_requests', sa.Column('heard_through', sa.String(length=8), nullable=True))
    op.create_index('ix_requests_heard', 'service_requests', ['heard_at', 'heard_through'], unique=False)
    op.execute("""
        UPDATE service_requests SET heard_at = coalesce(
          (SELECT max(e.at) FROM request_events e
           WHERE e.request_id = service_requests.id AND e.event_type = 'followed_up'), closed_at, resolved_at)
        WHERE solved IS NOT NULL
    """)
    op.execute("""
        UPDATE service_requests SET heard_through = CASE WHEN EXISTS (
          SELECT 1 FROM request_events e WHERE e.request_id = service_requests.id AND e.event_type = 'followed_up'
          AND e.at = service_requests.heard_at AND e.role <> 'resident') THEN 'phone' ELSE 'self' END
        WHERE heard_at IS NOT NULL
    """)


def downgrade():
    op.drop_index('ix_requests_heard', 'service_requests')
    op.drop_column('service_requests', 'heard_through')
    op.drop_column('service_requests', 'heard_at')
    op.drop_column('reviews', 'contact_phone')
    op.drop_index('ix_rectifications_status', 'rectifications')
    op.drop_column('rectifications', 'status')
    for table in ROLLUPS:
        op.drop_column(table, 'bad_heard')

    with op.batch_alter_table('appeals', schema=None) as batch_op:
        batch_op.drop_index('ix_appeals_waiting')
        batch_op.drop_index(batch_op.f('ix_appeals_service_id'))

    op.drop_table('appeals')
    with op.batch_alter_table('follow_up_attempts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_follow_up_attempts_call_id'))

    op.drop_table('follow_up_attempts')
    with op.batch_alter_table('mediations', schema=None) as batch_op:
        batch_op.drop_index('ix_mediations_running')
        batch_op.drop_index(batch_op.f('ix_mediations_request_id'))

    op.drop_table('mediations')
    with op.batch_alter_table('follow_up_calls', schema=None) as batch_op:
        batch_op.drop_index('ix_follow_up_calls_due')

    op.drop_table('follow_up_calls')
    op.drop_table('follow_up_samples')
