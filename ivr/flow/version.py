"""The version of the menu: its keys, its sentences and the ways between its places, which the drawn menu shows (H2)."""

import hashlib
from functools import cache

from ivr.flow.menus import MENUS_FILE
from models.flow_version import FLOW_VERSION_LENGTH
from operations.versions.flow_versions import Flow
from outbox.words import CONTENT, load_prompts
from policies.languages import Language

PICTURE_FILE = CONTENT / "menu" / "menu.svg"


@cache
def load_flow() -> Flow:
    """Return the menu as callers hear it now; each call keeps its version, so that it can be read as it was."""
    files = [MENUS_FILE, PICTURE_FILE, *(CONTENT / "prompts" / f"{language}.json" for language in Language)]
    version = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:FLOW_VERSION_LENGTH]
    sentences = {language: load_prompts(language) for language in Language}
    return Flow(version, PICTURE_FILE.read_text(encoding="utf-8"), sentences)
