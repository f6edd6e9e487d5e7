"""The bot's hands: custom actions, run by ``python -m rasa_sdk --actions bot.actions`` in the web environment."""
