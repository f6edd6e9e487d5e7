"""Pure rules of Minping: standard library, numpy and scipy only; no Flask, no database.

What a rating means, how a request moves, when it is due, how rates and scores are computed and when a vote is
set aside. Everything here is a function of its arguments, so that tests and simulations can check it.
"""
