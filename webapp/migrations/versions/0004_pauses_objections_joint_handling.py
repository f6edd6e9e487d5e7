"""casework: pauses, objections under review, offices called in, first dispatches, escalation

Revision ID: 0004
Revises: 0003

"""
from datetime import timedelta

from alembic import op
import sqlalchemy as sa


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('first_dispatches',
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=8), nullable=False),
    sa.Column('rule_category_id', sa.Integer(), nullable=True),
    sa.Column('rule_area_id', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['departments.id'], name=op.f('fk_first_dispatches_department_id_departments')),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_first_dispatches_request_id_service_requests')),
    sa.PrimaryKeyConstraint('request_id', name=op.f('pk_first_dispatches'))
    )
    with op.batch_alter_table('first_dispatches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_first_dispatches_at'), ['at'], unique=False)

    op.create_table('joint_tasks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('task', sa.Text(), nullable=False),
    sa.Column('called_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.Column('report', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['departments.id'], name=op.f('fk_joint_tasks_department_id_departments')),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_joint_tasks_request_id_service_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_joint_tasks'))
    )
    with op.batch_alter_table('joint_tasks', schema=None) as batch_op:
        batch_op.create_index('ix_joint_tasks_queue', ['department_id', 'ended_at', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_joint_tasks_request_id'), ['request_id'], unique=False)

    op.create_table('objections',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('objected_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=12), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['departments.id'], name=op.f('fk_objections_department_id_departments')),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_objections_request_id_service_requests')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_objections'))
    )
    with op.batch_alter_table('objections', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_objections_department_id'), ['department_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_objections_request_id'), ['request_id'], unique=False)
        batch_op.create_index('ix_objections_review', ['reviewed_at', 'due_at'], unique=False)

    with op.batch_alter_table('service_requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('asked_department_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('pause_ends_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('paused_s', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('escalated_level', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('escalated_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_service_requests_asked_department_id'), ['asked_department_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_service_requests_asked_department_id_departments'), 'departments', ['asked_department_id'], ['id'])

    _note_waiting_objections()


def _note_waiting_objections():
    """Objections that wait for their review come onto its list; a day after they were made, they are late."""
    moment = sa.DateTime(timezone=True)
    events = sa.table(
        'request_events', sa.column('request_id'), sa.column('sequence'), sa.column('event_type'),
        sa.column('at', moment), sa.column('note'),
    )
    requests = sa.table('service_requests', sa.column('id'), sa.column('department_id'), sa.column('status'))
    objections = sa.table(
        'objections', *(sa.column(name) for name in ('request_id', 'department_id', 'reason', 'outcome')),
        sa.column('objected_at', moment), sa.column('due_at', moment),
    )
    found = {}
    for row in op.get_bind().execute(
        sa.select(events.c.request_id, requests.c.department_id, events.c.note, events.c.at)
        .join(requests, requests.c.id == events.c.request_id)
        .where(requests.c.status == 'objected', events.c.event_type == 'objected')
        .order_by(events.c.sequence)
    ):
        found[row.request_id] = {
            'request_id': row.request_id, 'department_id': row.department_id, 'reason': row.note, 'outcome': '',
            'objected_at': row.at, 'due_at': row.at + timedelta(days=1),
        }
    if found:
        op.bulk_insert(objections, list(found.values()))


def downgrade():
    # What was not known before: a stopped clock is a case at work; whoever is asked is responsible.
    op.execute("UPDATE service_requests SET status = 'accepted' WHERE status = 'paused'")
    op.execute(
        "UPDATE service_requests SET department_id = asked_department_id WHERE asked_department_id IS NOT NULL"
    )
    with op.batch_alter_table('service_requests', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_service_requests_asked_department_id_departments'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_service_requests_asked_department_id'))
        batch_op.drop_column('escalated_at')
        batch_op.drop_column('escalated_level')
        batch_op.drop_column('paused_s')
        batch_op.drop_column('pause_ends_at')
        batch_op.drop_column('paused_at')
        batch_op.drop_column('asked_department_id')

    with op.batch_alter_table('objections', schema=None) as batch_op:
        batch_op.drop_index('ix_objections_review')
        batch_op.drop_index(batch_op.f('ix_objections_request_id'))
        batch_op.drop_index(batch_op.f('ix_objections_department_id'))

    op.drop_table('objections')
    with op.batch_alter_table('joint_tasks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_joint_tasks_request_id'))
        batch_op.drop_index('ix_joint_tasks_queue')

    op.drop_table('joint_tasks')
    with op.batch_alter_table('first_dispatches', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_first_dispatches_at'))

    op.drop_table('first_dispatches')