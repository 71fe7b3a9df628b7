"""The Django project. Loads the Celery app, so that tasks can be rung for from every process."""

from memweb.celery import app as celery_app

__all__ = ["celery_app"]
