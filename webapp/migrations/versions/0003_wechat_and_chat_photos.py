"""wechat and chat photos

Revision ID: 0003
Revises: 0002

"""
from alembic import op
import sqlalchemy as sa


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('person_typed_at', sa.DateTime(timezone=True), nullable=True))

    op.create_table('wechat_tokens',
    sa.Column('app_id', sa.String(length=40), nullable=False),
    sa.Column('token', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('renewing_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('app_id', name=op.f('pk_wechat_tokens'))
    )
    op.create_table('wechat_followers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('openid', sa.Text(), nullable=False),
    sa.Column('openid_index', sa.String(length=64), nullable=False),
    sa.Column('subscribed', sa.Boolean(), nullable=False),
    sa.Column('service_code', sa.String(length=40), nullable=False),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_since', sa.Integer(), nullable=False),
    sa.Column('delivered_message_id', sa.Integer(), nullable=False),
    sa.Column('sending_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_wechat_followers_conversation_id_conversations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wechat_followers')),
    sa.UniqueConstraint('conversation_id', name=op.f('uq_wechat_followers_conversation_id')),
    sa.UniqueConstraint('openid_index', name=op.f('uq_wechat_followers_openid_index'))
    )
    op.create_table('wechat_deliveries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=160), nullable=False),
    sa.Column('follower_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reply', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['follower_id'], ['wechat_followers.id'], name=op.f('fk_wechat_deliveries_follower_id_wechat_followers')),
    sa.ForeignKeyConstraint(['message_id'], ['chat_messages.id'], name=op.f('fk_wechat_deliveries_message_id_chat_messages')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wechat_deliveries')),
    sa.UniqueConstraint('key', name=op.f('uq_wechat_deliveries_key'))
    )
    with op.batch_alter_table('wechat_deliveries', schema=None) as batch_op:
        batch_op.create_index('ix_wechat_deliveries_open', ['answered_at', 'received_at'], unique=False)

    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('message_id', sa.Integer(), nullable=True))
        batch_op.alter_column('request_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_index(batch_op.f('ix_attachments_message_id'), ['message_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_attachments_message_id_chat_messages'), 'chat_messages', ['message_id'], ['id'])



def downgrade():
    # Photos of a chat that no request came of had no place before.
    op.execute('DELETE FROM attachments WHERE request_id IS NULL')
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_attachments_message_id_chat_messages'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_attachments_message_id'))
        batch_op.alter_column('request_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('message_id')

    with op.batch_alter_table('wechat_deliveries', schema=None) as batch_op:
        batch_op.drop_index('ix_wechat_deliveries_open')

    op.drop_table('wechat_deliveries')
    op.drop_table('wechat_followers')
    op.drop_table('wechat_tokens')
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.drop_column('person_typed_at')
