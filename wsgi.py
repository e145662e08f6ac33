"""The WSGI entry: `wsgi:app`, built from the environment's settings."""

import os
import sys

from app import create_app
from config import ConfigurationError, load_settings

try:
    settings = load_settings(os.environ)
except ConfigurationError as error:
    print(error, file=sys.stderr)  # noqa: T201 (logging is not set up without settings)
    sys.exit(1)

app = create_app(settings)
