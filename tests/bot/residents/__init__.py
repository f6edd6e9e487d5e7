"""Simulated residents: a grammar of goals, ways of speaking, interruptions and corrections, played against the real bot."""
