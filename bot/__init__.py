"""The dialogue of Minping: a Rasa project, and in ``actions`` its hands, which run in the web environment."""
