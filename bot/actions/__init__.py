"""The bot's hands: custom actions, run by ``python -m rasa_sdk --actions bot.actions`` in the web environment."""

from sanic.worker.manager import WorkerManager

# Sanic gives up when its worker is not up within 30 s, and the bot has no hands then. On a machine that starts everything
# at once, importing the language layer has taken longer; whoever supervises decides how long is too long.
WorkerManager.THRESHOLD = 1800
