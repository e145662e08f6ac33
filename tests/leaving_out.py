"""Tests that a machine cannot run: skipped with a plain message, and never in CI."""

import os
from typing import NoReturn

import pytest


def leave_out(why: str) -> NoReturn:
    """Skip a test that this machine cannot run, or fail where nothing may be skipped: in CI."""
    if os.environ.get("ONECALL_SKIP_NOTHING"):
        pytest.fail(why)
    pytest.skip(why)
