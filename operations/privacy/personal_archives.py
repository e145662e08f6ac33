"""A person's copy as one ZIP: `data.json`, photos, recordings, and a list of what could not be fetched (S1)."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

from sqlalchemy.orm import Session

from operations.clients.recording_store import RecordingUnavailable
from operations.clients.services import Services
from operations.foundation.files import FileUnknown
from operations.privacy.personal_copy import copy_person, list_file_keys, list_recording_sids
from operations.privacy.persons import Person


def pack_copy(services: Services, find: Callable[[Session], Person]) -> bytes:
    """Return the ZIP of the person that `find` returns; fetches files and sounds with no transaction open.

    What cannot be fetched now is named in `missing.txt`, so that nobody takes half a copy for a whole one.
    """
    with services.database.reading() as session:
        person = find(session)
        data = copy_person(session, person)
        keys, sids = list_file_keys(session, person), list_recording_sids(session, person)
    missing: list[str] = []
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
        for key in keys:
            try:
                archive.writestr(f"photos/{key}", services.files.read(key))
            except FileUnknown:
                missing.append(f"photos/{key}")
        for sid in sids:
            try:
                archive.writestr(f"recordings/{sid}.wav", services.recordings.fetch(recording_sid=sid))
            except RecordingUnavailable:
                missing.append(f"recordings/{sid}.wav")
        if missing:
            archive.writestr("missing.txt", "".join(f"{name}\n" for name in missing))
    return out.getvalue()
