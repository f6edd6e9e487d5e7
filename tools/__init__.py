"""Tools of the workshop: set up, run, train the bot. Standard library only, unless they run in .venv."""
