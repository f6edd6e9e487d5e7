"""Parts that run inside Rasa: the reflexes of its pipeline, its channel and its tracker store."""
