"""What is kept about a customer, a copy of it for them, and its erasure (S1). See docs/privacy.md."""

import structlog
from flask import Blueprint, Response, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Customer
from operations.people.customer_file import find_customer
from operations.privacy.erasure import erase_customer
from operations.privacy.personal_archives import pack_copy
from operations.privacy.persons import Person, customer_as_person
from policies.personal_data import PERSONAL, Fate
from web.forms.form_fields import fault, read_text
from web.forms.refusals import REFUSALS
from web.foundation.access import DATA_KEEPERS, for_roles
from web.foundation.services import now, services
from web.layout.tables import Act, Field, Link, Row, Table, carry_out, house_zone, local, show_tables
from web.wording.sentences import in_language, say

log = structlog.get_logger()
privacy = Blueprint("privacy", __name__, url_prefix="/customers")


@privacy.get("/<number>/data")
@for_roles(DATA_KEEPERS)
def show(number: str) -> ResponseReturnValue:
    """How much is kept, for how long, and what an erasure leaves."""
    with services().database.reading() as session:
        customer = _find(session, number)
        tables = [
            _erased_table(session, customer),
            _kept_table(session, customer_as_person(session, customer=customer)),
        ]
        title = f"{customer.number} {in_language(customer, 'name')}: {say('privacy.title')}"
    return show_tables(title=title, tables=tables)


@privacy.get("/<number>/data.zip")
@for_roles(DATA_KEEPERS)
def download(number: str) -> ResponseReturnValue:
    """A copy of everything, to hand to the customer."""
    content = pack_copy(services(), lambda session: customer_as_person(session, customer=_find(session, number)))
    response = Response(content, mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{number}.zip"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@privacy.post("/<number>/erase")
@for_roles(DATA_KEEPERS)
def erase(number: str) -> ResponseReturnValue:
    """Erase it for good; the number is typed once more, because nothing brings it back."""
    back_to = url_for("web.privacy.show", number=number)

    def act(session: Session) -> None:
        if read_text("number") != number:
            raise fault("number", "privacy.number_differs")
        erase_customer(session, customer=_find(session, number), by=current_user.name, now=now())
        log.info("person erased", kind="customer", number=number)

    return carry_out(act, refusals=REFUSALS, back_to=back_to)


def _find(session: Session, number: str) -> Customer:
    return find_customer(session, number=number) or abort(404)


def _erased_table(session: Session, customer: Customer) -> Table:
    if customer.erased_at is not None:
        rows = [Row((say("privacy.erased"), local(customer.erased_at, house_zone(session))))]
        return Table("erased", say("privacy.erasure"), (), rows, "")
    copy = Link(f"{customer.number}.zip", url_for("web.privacy.download", number=customer.number))
    fields = (Field("number", say("privacy.number_again")),)
    act = Act(url_for("web.privacy.erase", number=customer.number), say("privacy.erase"), fields)
    rows = [Row((say("privacy.copy"), copy)), Row((say("privacy.what_erasing_does"), ""))]
    return Table("erased", say("privacy.erasure"), (), rows, "", (act,))


def _kept_table(session: Session, person: Person) -> Table:
    rows = []
    for model, where in person.rows.items():
        count = session.scalar(select(func.count()).select_from(model).where(where)) or 0
        personal = PERSONAL[model.__tablename__]
        stays = set(personal.columns.values()) == {Fate.STAYS}
        if count:
            cells = (
                say(f"personal.{model.__tablename__}"),
                str(count),
                say(f"keeping.{personal.kept.value}"),
                say("privacy.stays" if stays else "privacy.goes"),
            )
            rows.append(Row(cells))
    headers = [say(f"privacy.{name}") for name in ("what", "rows", "kept", "on_erasure")]
    return Table("kept", say("privacy.title"), headers, rows, say("privacy.nothing"))
