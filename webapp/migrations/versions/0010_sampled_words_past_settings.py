"""method: words of drawn residents in the roll-ups, each voter counted once; settings that past windows were scored by

Revision ID: 0010
Revises: 0009

"""
from datetime import timedelta

from alembic import op
import sqlalchemy as sa


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

ROLLUPS = {
    'service_day': 'coalesce(r.service_id, -r.department_id)', 'department_day': 'r.department_id',
    'area_day': 'r.area_id', 'category_day': 'r.category_id',
}
COUNTERS = [f'{kind}_{level}' for kind in ('asked', 'told', 'sampled') for level in range(1, 6)]

# What the residents said who were called as drawn, whatever they said later.
SAMPLED = """
UPDATE service_requests SET sampled = (
    SELECT c.satisfied FROM follow_up_calls c WHERE c.request_id = service_requests.id
) WHERE id IN (SELECT request_id FROM follow_up_calls WHERE satisfied IS NOT NULL)
"""
COUNTED = "r.status NOT IN ('received', 'merged', 'out_of_scope')"


def upgrade():
    op.create_table('past_settings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_past_settings'))
    )
    op.create_index('ix_past_settings_name_day', 'past_settings', ['name', 'last_day'], unique=False)
    op.add_column('service_requests', sa.Column('sampled', sa.Integer(), nullable=True))
    op.add_column('reviews', sa.Column('asked', sa.Boolean(), server_default=sa.false(), nullable=False))
    for table in ROLLUPS:
        for counter in COUNTERS:
            op.add_column(table, sa.Column(counter, sa.BigInteger(), server_default='0', nullable=False))
    connection = op.get_bind()
    connection.execute(sa.text(SAMPLED))
    _mark_asked(connection)
    for table, unit in ROLLUPS.items():
        _count_words(connection, table, unit)
    for table, unit in (('service_day', 'v.service_id'), ('department_day', 'v.department_id'), ('area_day', 'v.area_id')):
        _count_asked(connection, table, unit)


def _mark_asked(connection):
    """Votes that name a drawn case, or the same person's on its service, from its receipt to 30 days after the call."""
    drawn = connection.execute(sa.text(
        'SELECT r.id, r.identity, r.service_id, r.received_at, c.done_at FROM service_requests r'
        ' JOIN follow_up_calls c ON c.request_id = r.id WHERE r.sampled IS NOT NULL'
    ).columns(received_at=sa.DateTime(timezone=True), done_at=sa.DateTime(timezone=True))).all()
    reviews = sa.table(
        'reviews', sa.column('id'), sa.column('asked'), sa.column('identity'), sa.column('service_id'),
        sa.column('service_request_id'), sa.column('created_at', sa.DateTime(timezone=True)),
    )
    for number, identity, service, received, done in drawn:
        same = sa.and_(
            reviews.c.identity == identity, reviews.c.service_id == service, reviews.c.created_at >= received,
            reviews.c.created_at <= done + timedelta(days=30),
        )
        mine = reviews.c.service_request_id == number
        where = sa.or_(mine, same) if identity is not None and service is not None and done is not None else mine
        connection.execute(sa.update(reviews).where(where).values(asked=sa.true()))


def _count_words(connection, table, unit):
    """Words on cases: of drawn residents, and of all others."""
    sums = ', '.join(
        [f"sum(CASE WHEN r.sampled IS NULL AND r.satisfied = {n} THEN 1 ELSE 0 END)" for n in range(1, 6)]
        + [f"sum(CASE WHEN r.sampled = {n} THEN 1 ELSE 0 END)" for n in range(1, 6)]
    )
    rows = connection.execute(sa.text(
        f"SELECT {unit}, r.received_day, r.channel, {sums} FROM service_requests r"
        f" WHERE {COUNTED} AND {unit} IS NOT NULL AND (r.satisfied IS NOT NULL OR r.sampled IS NOT NULL)"
        f" GROUP BY {unit}, r.received_day, r.channel"
    )).all()
    _store(connection, table, [*COUNTERS[5:]], rows)


def _count_asked(connection, table, unit):
    """Votes of asked residents by level; they leave the pairs of text and vote."""
    votes = "v.asked AND v.rating IS NOT NULL AND NOT v.is_default AND v.set_aside IS NULL"
    sums = ', '.join(f"sum(CASE WHEN v.rating = {n} THEN 1 ELSE 0 END)" for n in range(1, 6))
    grouped = f"GROUP BY {unit}, v.created_day, v.channel"
    rows = connection.execute(sa.text(
        f"SELECT {unit}, v.created_day, v.channel, {sums} FROM reviews v WHERE {votes} {grouped}"
    )).all()
    _store(connection, table, COUNTERS[:5], rows)
    pairs = {
        'both_n': '1', 'both_pred_sum': 'v.prediction', 'both_pred_sq': 'v.prediction * v.prediction',
        'both_vote_sum': 'v.rating - 1', 'both_vote_sq': '(v.rating - 1) * (v.rating - 1)',
        'both_cross': 'v.prediction * (v.rating - 1)',
    }
    sums = ', '.join(f'sum({value})' for value in pairs.values())
    rows = connection.execute(sa.text(
        f"SELECT {unit}, v.created_day, v.channel, {sums} FROM reviews v WHERE {votes} AND v.prediction IS NOT NULL {grouped}"
    )).all()
    changes = ', '.join(f'{name} = {name} - :{name}' for name in pairs)
    _store(connection, table, list(pairs), rows, changes)


def _store(connection, table, counters, rows, changes=None):
    changes = changes or ', '.join(f'{name} = :{name}' for name in counters)
    statement = sa.text(f'UPDATE {table} SET {changes} WHERE unit_id = :u AND day = :d AND channel = :c')
    for unit, day, channel, *counts in rows:
        connection.execute(statement, {'u': unit, 'd': day, 'c': channel, **dict(zip(counters, counts))})


def downgrade():
    for table in ROLLUPS:
        for counter in reversed(COUNTERS):
            op.drop_column(table, counter)
    op.drop_column('reviews', 'asked')
    op.drop_column('service_requests', 'sampled')
    op.drop_index('ix_past_settings_name_day', table_name='past_settings')
    op.drop_table('past_settings')
