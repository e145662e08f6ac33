"""Photos are what they show and nothing else (S1, S2)."""

import io
import struct
import zlib

import pytest
from PIL import Image

from models import ServiceRequest, Visit
from models.database import Database
from operations.foundation.files import (
    FileNotAPicture,
    FileTooLarge,
    FileUnknown,
    TooManyFiles,
    count_files,
    find_file,
    keep_file,
    list_files,
    read_picture,
)
from policies.files import LARGEST_BYTES, LARGEST_SIDE_PIXELS, MOST_PER_SUBJECT, FileKind
from tests.factories.city import City, open_visit
from tests.factories.instants import NIGHT
from tests.factories.pictures import drawing, photo


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7",
        b"MZ\x90\x00",
        b"GIF89a" + b"\x00" * 100,
        photo()[:200],
        b"\xff\xd8\xff\xe0" + b"<?php system($_GET['c']); ?>",
    ],
)
def test_what_is_no_picture_is_refused_by_its_content(content: bytes) -> None:
    with pytest.raises(FileNotAPicture):
        read_picture(content)


def test_a_photo_keeps_nothing_but_what_it_shows() -> None:
    hidden = photo() + b"<script>alert('hidden behind the picture')</script>"

    picture = read_picture(hidden)

    assert b"script" not in picture.content
    assert b"MakerOfTelephones" not in picture.content
    assert picture.content_type == "image/jpeg"
    assert (picture.width_pixels, picture.height_pixels) == (640, 480)


def test_a_large_photo_is_made_smaller() -> None:
    picture = read_picture(photo(size=(5000, 2500)))

    assert (picture.width_pixels, picture.height_pixels) == (LARGEST_SIDE_PIXELS, LARGEST_SIDE_PIXELS // 2)


def test_a_signature_stays_transparent() -> None:
    picture = read_picture(drawing())

    assert picture.content_type == "image/png"
    assert Image.open(io.BytesIO(picture.content)).getchannel("A").getextrema() == (0, 255)


def test_too_large_a_file_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(FileTooLarge):
        read_picture(b"\xff" * (LARGEST_BYTES + 1))


def test_a_small_file_that_would_fill_the_memory_is_refused() -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")

    with pytest.raises((FileTooLarge, FileNotAPicture)):
        read_picture(bomb)


def keep(database: Database, visit: Visit, content: bytes, kind: FileKind = FileKind.AFTER) -> str:
    with database.writing() as session:
        request = session.get_one(ServiceRequest, visit.request_id)
        return keep_file(
            session,
            picture=read_picture(content),
            request=request,
            visit=None,
            kind=kind,
            made_by="technician:T1",
            made_at=NIGHT,
            now=NIGHT,
        ).key


def test_the_same_photo_sent_twice_is_one_file(database: Database, city: City) -> None:
    with database.writing() as session:
        mine, other = open_visit(session, city), open_visit(session, city, customer=1)

    keys = {keep(database, mine, photo()), keep(database, mine, photo())}
    elsewhere = keep(database, other, photo())

    assert len(keys) == 1
    assert elsewhere not in keys, "nobody learns from a key that another request has the same photo"
    with database.reading() as session:
        request = session.get_one(ServiceRequest, mine.request_id)
        assert count_files(session, request=request) == 1
        assert [file.key for file in list_files(session, request=request)] == list(keys)
        assert find_file(session, key=elsewhere).request_id == other.request_id


def test_a_request_holds_only_so_many_files(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = open_visit(session, city)
    for number in range(MOST_PER_SUBJECT):
        keep(database, visit, photo((number * 6, 0, 0), size=(8, 8)))

    with pytest.raises(TooManyFiles):
        keep(database, visit, photo((200, 200, 0), size=(8, 8)))


def test_an_unknown_key_finds_nothing(database: Database) -> None:
    with database.reading() as session, pytest.raises(FileUnknown):
        find_file(session, key="0" * 40)
