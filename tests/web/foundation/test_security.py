"""What every answer carries (S2)."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.town import Town
from web.foundation.static_files import module
from web.pages import open_pages


def test_only_our_own_files_may_run_or_style_a_page(stranger: FlaskClient) -> None:
    policy = stranger.get("/sign-in").headers["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/", "/calls", "/sign-in"])
def test_no_page_needs_anything_inline_or_from_elsewhere(path: str, dispatcher: FlaskClient) -> None:
    page = dispatcher.get(path, follow_redirects=True).text

    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", page) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", page) == []


def test_browsers_are_told_to_come_back_over_tls_only(stranger: FlaskClient) -> None:
    assert "max-age=31" in stranger.get("/sign-in").headers["Strict-Transport-Security"]


def test_a_page_that_does_not_exist_says_so_in_words(stranger: FlaskClient) -> None:
    answer = stranger.get("/wp-login.php")

    assert answer.status_code == 404
    assert "No such page" in answer.text


def test_static_files_carry_their_fingerprint_and_are_kept(stranger: FlaskClient) -> None:
    page = stranger.get("/sign-in").text

    address = re.findall(r'href="(/static/css/base\.css\?v=\w+)"', page)[0]

    with stranger.get(address) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_scripts_that_import_each_other_are_kept_together_or_not_at_all(town: Town, stranger: FlaskClient) -> None:
    with town.app.test_request_context():
        address = module("js/field/page.js")
    version = address.split("/")[3]

    with stranger.get(address) as answer:
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        assert answer.mimetype == "text/javascript"
    wrong = ["another/js/field/page.js", f"{version}/js/live.js", f"{version}/js/field/none.js", "x/../../app.py"]
    wrong += [f"{version}/nowhere/page.js", f"{version}/js/field/page.js/page.js", f"{version}/%00/page.js"]
    assert {stranger.get(f"/static/modules/{path}").status_code for path in wrong} == {404}


def test_there_is_no_telephone_on_the_desk_in_production(stranger: FlaskClient) -> None:
    assert stranger.get("/phone").status_code == 404


def test_in_development_the_way_to_the_telephone_is_open() -> None:
    app = Flask("web")
    app.secret_key = "development"
    open_pages(app, is_development=True, telephone_url="http://127.0.0.1:8001")

    answer = app.test_client().get("/phone")

    assert (answer.status_code, answer.location) == (302, "http://127.0.0.1:8001")


def test_a_fault_of_ours_is_a_page_and_no_traceback(town: Town, stranger: FlaskClient) -> None:
    def fail() -> bool:
        raise RuntimeError("the secret reason")

    town.app.testing = False
    town.services.database.is_ready = fail  # type: ignore[method-assign]

    answer = stranger.get("/readyz")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "secret reason" not in answer.text


def test_an_address_that_asks_more_than_people_do_is_told_to_wait(stranger: FlaskClient) -> None:
    """Behind the proxy, which appends the address it saw to whatever the caller claims to be."""

    def ask(path: str, seen: str, claimed: str = "192.0.2.1") -> int:
        return stranger.get(path, headers={"X-Forwarded-For": f"{claimed}, {seen}"}).status_code

    statuses = [ask("/sign-in", "203.0.113.7") for _ in range(601)]

    assert statuses == [200] * 600 + [429]
    assert ask("/sign-in", "203.0.113.7", claimed="192.0.2.2") == 429
    assert ask("/sign-in", "203.0.113.8") == 200
    assert ask("/healthz", "203.0.113.7") == 200


def test_the_hotline_has_no_such_limit(stranger: FlaskClient) -> None:
    statuses = {stranger.post("/ivr/answer").status_code for _ in range(601)}

    assert statuses == {403}
