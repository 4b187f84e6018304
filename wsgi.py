"""The WSGI entry point: ``wsgi:app``."""

import sys

from app import create_app
from app.config import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"althing: {error}\n")
    sys.exit(2)
