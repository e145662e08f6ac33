"""A repair too big for the doorstep: workshop in five working days, with a loaner meanwhile (D14, P4, V7)."""

import datetime as dt

from sqlalchemy import select

from models import ClockTimer, Commitment, DutyTurn, Loaner, Product
from policies.commitments import CommitmentKind, CommitmentState
from policies.duty import DutyRole
from policies.languages import Language
from policies.roles import Role
from tests.journeys.aftersales.people import SHANGHAI, Colleague, book, first_of, wait_for_visit
from tests.town import Town
from tests.web.offices import WANG

LOANER = "LO-100001"
MANAGER = "+8613900000099"


def test_mr_wangs_machine_goes_to_the_workshop_and_he_is_lent_another(shop: Town) -> None:
    clerk = Colleague(shop, Role.CLERK)
    number = book(shop, WANG)
    the_technician_cannot_repair_it_there_and_says_why(shop, number)
    the_clerk_takes_it_in_and_lends_a_loaner(shop, clerk, number)
    the_hotline_says_that_it_is_in_the_workshop(shop)
    a_loaner_that_is_not_back_in_time_comes_before_the_desk(shop, clerk, number)
    its_five_working_days_run_out(shop, clerk, number)
    it_is_repaired_and_both_machines_go_home(shop, clerk, number)


def the_technician_cannot_repair_it_there_and_says_why(town: Town, number: str) -> None:
    technician = wait_for_visit(town, number)
    technician.texts("收到")
    technician.arrives()
    technician.enters("diagnosis", fault_found="光机进灰，要无尘间", cause="", action="送修")
    technician.photographs("before")
    technician.enters("incomplete", reason="skill", note="送维修站")
    town.tick()


def the_clerk_takes_it_in_and_lends_a_loaner(town: Town, clerk: Colleague, number: str) -> None:
    with town.services.database.writing() as session:
        product = session.scalars(select(Product)).one()
        session.add(Loaner(serial=LOANER, product_id=product.id, is_active=True))
    page = clerk.sends("/workshop", on="/workshop", number=number, condition="scratched")
    assert number in page
    town.tick()
    assert "5个工作日" in town.phone(WANG).receives("维修站").body
    due_on = (town.clock.now() + dt.timedelta(days=3)).date().isoformat()
    page = clerk.sends("/workshop/loans", on="/workshop", number=number, loaner="1", due_on=due_on)
    assert LOANER in page


def the_hotline_says_that_it_is_in_the_workshop(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    call.press("2")
    call.press("1")
    call.hears("维修站")
    call.hang_up()


def a_loaner_that_is_not_back_in_time_comes_before_the_desk(town: Town, clerk: Colleague, number: str) -> None:
    town.wait(4 * 24 * 60)
    assert "overdue" in clerk.reads("/workshop")
    assert number in clerk.reads("/desk")


def its_five_working_days_run_out(town: Town, clerk: Colleague, number: str) -> None:
    """The desk is warned, the manager is texted, and the customer hears of it before he has to ask."""
    add_manager(town)
    with town.services.database.reading() as session:
        clock = session.scalars(select(Commitment).where(Commitment.kind == CommitmentKind.WORKSHOP)).one()
        deadline_at = clock.deadline_at
        steps = session.execute(select(ClockTimer.step, ClockTimer.due_at).where(ClockTimer.commitment_id == clock.id))
        due = {step: due_at for step, due_at in steps if due_at is not None}
    assert (deadline_at + SHANGHAI).isoformat() == "2026-11-27T18:00:00+00:00", "the fifth workday's closing"
    # The clock process slept for days: what fell due in office hours waits until they begin again.
    assert town.clock.now() < due["warn"] < due["escalate"] < due["broken"] == deadline_at

    town.wait_until(due["warn"])
    assert "Workshop in 5 working days" in clerk.reads("/commitments")
    town.wait_until(due["escalate"])
    assert number in town.phone(MANAGER).receives("5个工作日修复").body
    texts = [sms.body for sms in town.phone(WANG).inbox]
    town.wait_until(deadline_at)
    assert [sms.body for sms in town.phone(WANG).inbox] == texts, "it is in time to the last moment"
    town.wait(61)
    assert state_of(town) is CommitmentState.BROKEN
    town.phone(WANG).receives("要比约定的时间久")
    told = len(town.phone(WANG).inbox)
    town.wait(120)
    assert len(town.phone(WANG).inbox) == told, "once"
    assert "the customer was told" in clerk.reads(f"/requests/{number}")


def add_manager(town: Town) -> None:
    with town.services.database.writing() as session:
        turn = DutyTurn(
            role=DutyRole.MANAGER, position=1, name="郑经理", name_en="Zheng", phone=MANAGER, language=Language.ZH,
            from_at=town.clock.now(), until_at=town.clock.now() + dt.timedelta(days=30),
        )  # fmt: skip
        session.add(turn)


def state_of(town: Town) -> CommitmentState:
    with town.services.database.reading() as session:
        return session.scalars(select(Commitment.state).where(Commitment.kind == CommitmentKind.WORKSHOP)).one()


def it_is_repaired_and_both_machines_go_home(town: Town, clerk: Colleague, number: str) -> None:
    repair = first_of(r"(/workshop/\d+)/repaired", clerk.reads("/workshop"))
    clerk.sends(f"{repair}/repaired", on="/workshop", finding="cleaned in a dust-free room")
    town.tick()
    town.phone(WANG).receives("已修好")
    clerk.sends(f"{repair}/given_back", on="/workshop")
    clerk.sends("/workshop/loans/1", on="/workshop", condition="fine")
    page = clerk.reads("/workshop")
    assert "No machine is in the workshop." in page
    assert "No loaner is out." in page
    assert number in clerk.reads("/customers/C1")
