"""The fictional city of Minping 民平市: places, catalogue, residents' texts and 180 days of casework.

``places``, ``catalog``, ``texts`` and ``history`` are pure: a seed and a date in, plain dataclasses out. ``load``
alone knows the database. Every name and every sentence is invented for this project.
"""

# How many there are unless somebody asks for another city.
REQUESTS, REVIEWS = 6700, 11800
