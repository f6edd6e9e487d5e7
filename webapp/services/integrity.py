"""Integrity of the votes: what is set aside, why, and back again. Nothing is ever deleted."""

from __future__ import annotations


def sweep() -> int:
    """Apply the integrity checks to recent votes; returns how many were newly set aside."""
    raise NotImplementedError
