"""when an area was last changed

Revision ID: 0002
Revises: 0001

"""
from alembic import op
import sqlalchemy as sa


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    # The default is for rows that are there. No batch: SQLite would copy a table that half of the others refer to.
    op.add_column(
        'areas',
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False, server_default='2026-01-01 00:00:00'),
    )


def downgrade():
    op.drop_column('areas', 'updated_at')
