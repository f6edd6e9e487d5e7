"""answers given on the spot stand beside the clocks; where the answer to a data request goes

Revision ID: 0013
Revises: 0012

"""
import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('data_requests', schema=None) as batch_op:
        batch_op.add_column(sa.Column('answer_to', sa.Text(), nullable=True))
    op.add_column('service_requests', sa.Column('on_the_spot', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade():
    op.drop_column('service_requests', 'on_the_spot')
    with op.batch_alter_table('data_requests', schema=None) as batch_op:
        batch_op.drop_column('answer_to')
