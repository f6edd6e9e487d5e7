"""hot topics, and 每月一题 with its tasks and notes

Revision ID: 0011
Revises: 0010

"""
from alembic import op
import sqlalchemy as sa


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('topics',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('place', sa.String(length=80), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('requests', sa.Integer(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('supporters', sa.Integer(), nullable=False),
    sa.Column('communities', sa.Integer(), nullable=False),
    sa.Column('heat', sa.Float(), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_topics_area_id_areas')),
    sa.ForeignKeyConstraint(['category_id'], ['categories.id'], name=op.f('fk_topics_category_id_categories')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_topics'))
    )
    op.create_index('ix_topics_heat', 'topics', ['heat'], unique=False)
    op.create_index(op.f('ix_topics_area_id'), 'topics', ['area_id'], unique=False)
    op.create_table('topic_requests',
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('request_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['service_requests.id'], name=op.f('fk_topic_requests_request_id_service_requests')),
    sa.ForeignKeyConstraint(['topic_id'], ['topics.id'], name=op.f('fk_topic_requests_topic_id_topics')),
    sa.PrimaryKeyConstraint('topic_id', 'request_id', name=op.f('pk_topic_requests'))
    )
    op.create_index(op.f('ix_topic_requests_request_id'), 'topic_requests', ['request_id'], unique=False)
    op.create_table('monthly_topics',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.Column('hot_topic_id', sa.Integer(), nullable=True),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('adopted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('adopted_by_id', sa.Integer(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.Column('result', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['adopted_by_id'], ['users.id'], name=op.f('fk_monthly_topics_adopted_by_id_users')),
    sa.ForeignKeyConstraint(['area_id'], ['areas.id'], name=op.f('fk_monthly_topics_area_id_areas')),
    sa.ForeignKeyConstraint(['category_id'], ['categories.id'], name=op.f('fk_monthly_topics_category_id_categories')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['users.id'], name=op.f('fk_monthly_topics_ended_by_id_users')),
    sa.ForeignKeyConstraint(['hot_topic_id'], ['topics.id'], name=op.f('fk_monthly_topics_hot_topic_id_topics')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_monthly_topics')),
    sa.UniqueConstraint('month', 'area_id', name=op.f('uq_monthly_topics_month_area_id'))
    )
    op.create_table('monthly_tasks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('department_id', sa.Integer(), nullable=False),
    sa.Column('task', sa.String(length=200), nullable=False),
    sa.Column('due_day', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['department_id'], ['departments.id'], name=op.f('fk_monthly_tasks_department_id_departments')),
    sa.ForeignKeyConstraint(['topic_id'], ['monthly_topics.id'], name=op.f('fk_monthly_tasks_topic_id_monthly_topics')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_monthly_tasks'))
    )
    op.create_index(op.f('ix_monthly_tasks_department_id'), 'monthly_tasks', ['department_id'], unique=False)
    op.create_index(op.f('ix_monthly_tasks_topic_id'), 'monthly_tasks', ['topic_id'], unique=False)
    op.create_table('monthly_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('topic_id', sa.Integer(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('department_id', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['department_id'], ['departments.id'], name=op.f('fk_monthly_notes_department_id_departments')),
    sa.ForeignKeyConstraint(['task_id'], ['monthly_tasks.id'], name=op.f('fk_monthly_notes_task_id_monthly_tasks')),
    sa.ForeignKeyConstraint(['topic_id'], ['monthly_topics.id'], name=op.f('fk_monthly_notes_topic_id_monthly_topics')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_monthly_notes_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_monthly_notes'))
    )
    op.create_index(op.f('ix_monthly_notes_topic_id'), 'monthly_notes', ['topic_id'], unique=False)


def downgrade():
    op.drop_table('monthly_notes')
    op.drop_table('monthly_tasks')
    op.drop_table('monthly_topics')
    op.drop_table('topic_requests')
    op.drop_table('topics')
