"""The WSGI entry of the fallback's own process: `gunicorn wsgi_fallback:app`. Needs neither database nor planner."""

import datetime as dt
import os
import sys

from config import ConfigurationError, load_settings
from ivr.fallback import create_fallback_app

try:
    settings = load_settings(os.environ)
except ConfigurationError as error:
    print(error, file=sys.stderr)  # noqa: T201 (logging is not set up without settings)
    sys.exit(1)

app = create_fallback_app(
    public_base_url=settings.public_base_url,
    auth_token=settings.twilio_auth_token,
    spool_folder=settings.data_folder / "spool",
    now=lambda: dt.datetime.now(dt.UTC),
)
