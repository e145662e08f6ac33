"""`flask privacy` copies and erases, and says what must be closed first."""

import json
import zipfile
from pathlib import Path

from flask.testing import FlaskCliRunner

from cli.privacy import privacy_commands
from models import Customer
from operations.clients.services import Services
from tests.databases import ON_SQLITE_ALONE
from tests.factories.city import book_visit, make_city


@ON_SQLITE_ALONE
def test_a_person_is_copied_into_a_file_for_the_owner_only_and_erased_after_asking(
    runner: FlaskCliRunner, services: Services, tmp_path: Path
) -> None:
    with services.database.writing() as session:
        city = make_city(session)
        book_visit(session, city, customer=0)
        busy, idle = session.query(Customer).order_by(Customer.id).limit(2).all()
    file = tmp_path / "copy.zip"

    copied = runner.invoke(privacy_commands, ["copy", "customer", busy.number, str(file)])
    open_matter = runner.invoke(privacy_commands, ["erase", "customer", busy.number, "--yes"])
    unsure = runner.invoke(privacy_commands, ["erase", "customer", idle.number], input="n\n")
    erased = runner.invoke(privacy_commands, ["erase", "customer", idle.number, "--yes"])
    again = runner.invoke(privacy_commands, ["erase", "customer", idle.number, "--yes"])
    nobody = runner.invoke(privacy_commands, ["copy", "technician", "none", str(file)])
    no_user = runner.invoke(privacy_commands, ["erase", "user", "none", "--yes"])

    assert copied.exit_code == 0, copied.output
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("data.json"))["service_requests"]
    assert file.stat().st_mode & 0o077 == 0
    assert (open_matter.exit_code, unsure.exit_code) == (1, 1)
    assert "close these first" in open_matter.output
    assert "customers: 1" in erased.output
    assert "erased before" in again.output
    assert "there is no technician none" in nobody.output
    assert "there is no user none" in no_user.output
    with services.database.reading() as session:
        assert session.query(Customer.name).filter(Customer.number == idle.number).scalar() == "–"
