"""What a technician reads about himself by the link to his route: customers' answers, papers, his record (T2, F2)."""

from zoneinfo import ZoneInfo

from flask import Blueprint, make_response, render_template
from flask.typing import ResponseReturnValue

from models import Shift
from operations.day.team_records import list_records
from operations.foundation.links import LinkNotValid, open_link
from policies.roles import LinkPurpose
from web.board.team_records import answers, certificates, list_lines
from web.foundation.access import public
from web.foundation.services import now, services
from web.layout.tables import Row, Table
from web.layout.wrong_links import refuse_link
from web.wording.sentences import in_language, say, use_language

own_record = Blueprint("own_record", __name__, url_prefix="/r")


@own_record.get("/<secret>/record")
@public(because="the link itself is the key: 72 random bits, one shift, expires")
def show(secret: str) -> ResponseReturnValue:
    """His own, and nobody else's; what was withdrawn no longer stands."""
    try:
        with services().database.reading() as session:
            shift_id = open_link(session, secret=secret, purpose=LinkPurpose.ROUTE, now=now())
            technician = session.get_one(Shift, shift_id).technician
            use_language(technician.language)
            zone = ZoneInfo(technician.area.time_zone)
            standing = [one for one in list_records(session, technician=technician) if one.withdrawn_at is None]
            headers = [say(f"team_record.{name}") for name in ("happened_on", "kind", "words", "skill")]
            records = Table(
                "records",
                say("team_record.records"),
                headers,
                [Row(line) for line in list_lines(standing)],
                say("team_record.none"),
            )
            tables = [answers(session, technician, zone), certificates(session, technician, zone), records]
            name = in_language(technician, "name")
    except LinkNotValid:
        return refuse_link()
    response = make_response(render_template("own_record.html", name=name, tables=tables, secret=secret))
    response.headers["Cache-Control"] = "private, no-store"
    return response
