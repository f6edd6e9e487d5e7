"""WSGI entry point: ``gunicorn app:app`` and ``flask --app app``."""

from webapp import create_app

app = create_app()
