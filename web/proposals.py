"""Publishing a proposal that waited for a person (D9)."""

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from models import PlanProposal
from operations.planning.live_plan import StalePlan
from operations.publication import ProposalRefused, publish_proposal
from web.access import PLANNERS, for_roles
from web.sentences import say
from web.services import now, services

proposals = Blueprint("proposals", __name__, url_prefix="/proposals")


@proposals.post("/<int:proposal_id>/publish")
@for_roles(PLANNERS)
def publish(proposal_id: int) -> ResponseReturnValue:
    """Make the proposal the plan and tell everybody it concerns; a stale one is refused and said so."""
    wired = services()
    try:
        with wired.database.writing() as session:
            proposal = session.get(PlanProposal, proposal_id) or abort(404)
            told = publish_proposal(session, proposal=proposal, house=wired.house, by=current_user.name, now=now())
    except (ProposalRefused, StalePlan):
        flash(say("proposal.stale"), "trouble")
    else:
        flash(say("proposal.published", count=told), "done")
    return redirect(url_for("web.day.show"))
