"""The WSGI entry: `wsgi:app`, built from the environment's settings."""

import os
import sys

from config import ConfigurationError, load_settings
from logs import set_up_logging

try:
    settings = load_settings(os.environ)
except ConfigurationError as error:
    print(error, file=sys.stderr)  # noqa: T201 (logging is not set up without settings)
    sys.exit(1)

set_up_logging(is_development=settings.is_development)

from app import create_app  # noqa: E402 (what is missing is told before anything large is loaded)

app = create_app(settings)
