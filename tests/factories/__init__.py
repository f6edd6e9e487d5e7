"""A small town for tests, made through the models: fast, and readable in one glance."""

from tests.factories.town import PASSWORD, Town, make_town

__all__ = ["PASSWORD", "Town", "make_town"]
