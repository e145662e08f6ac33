"""Photos, signatures and what came with e-mails, for those whose work needs them; every look is written down (S1)."""

from flask import Blueprint, abort, make_response
from flask.typing import ResponseReturnValue

from operations.foundation.files import FileUnknown, find_file
from web.foundation.access import OFFICE, for_roles
from web.foundation.services import services

files = Blueprint("files", __name__, url_prefix="/files")


@files.get("/<key>")
@for_roles(OFFICE)
def show(key: str) -> ResponseReturnValue:
    """One picture, kept by nobody on the way and never run as anything else."""
    try:
        with services().database.reading() as session:
            file = find_file(session, key=key)
            content_type, stored_key = file.content_type, file.key
            # A paper that came with an e-mail is saved, never opened beside our pages.
            disposition = "inline" if content_type.startswith("image/") else "attachment"
        content = services().files.read(stored_key)
    except FileUnknown:
        abort(404)
    response = make_response(content)
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = disposition
    response.headers["Cache-Control"] = "private, no-store"
    return response
