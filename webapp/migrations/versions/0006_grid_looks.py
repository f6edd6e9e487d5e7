"""grid workers: photos of a step, what was seen at the place

Revision ID: 0006
Revises: 0005

"""
from alembic import op
import sqlalchemy as sa


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('service_requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('verdict', sa.String(length=12), nullable=True))

    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('event_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_attachments_event_id'), ['event_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_attachments_event_id_request_events'), 'request_events', ['event_id'], ['id'])


def downgrade():
    # A photo of a later step would stand among those of the report: the older version knows no other place.
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_attachments_event_id_request_events'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_attachments_event_id'))
        batch_op.drop_column('event_id')

    with op.batch_alter_table('service_requests', schema=None) as batch_op:
        batch_op.drop_column('verdict')
