"""The commands of ``flask --app wsgi``."""

from __future__ import annotations

from flask import Flask

from app.cli.count import count
from app.cli.database import db
from app.cli.demo import demo
from app.cli.docs import docs
from app.cli.erasure import erasure
from app.cli.keys import keys
from app.cli.log import log
from app.cli.openapi import openapi_command
from app.cli.serve import serve
from app.cli.worker import worker


def register(app: Flask) -> None:
    """Add Althing's commands to the application's command line."""
    for command in (count, db, demo, docs, erasure, keys, log, openapi_command, serve, worker):
        app.cli.add_command(command)
