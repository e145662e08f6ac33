from dataclasses import dataclass, field, replace

from sqlalchemy import select

from jobs.clock import run_job
from jobs.table import JOBS
from models import JobRun, Recording
from models.database import Database
from operations.clients.recording_store import RecordingUnavailable
from operations.telephone.calls import open_call
from tests.databases import ON_SQLITE_ALONE
from tests.factories.carriers import NoRecordings
from tests.factories.instants import NIGHT, hours
from tests.factories.looking import looking
from tests.jobs.conftest import Desk

ERASE = next(job for job in JOBS if job.name == "erase_old_recordings")
OLD = NIGHT - hours(24 * 400)


@dataclass
class MovingStore(NoRecordings):
    """A store that cannot reach some of its recordings."""

    out_of_reach: set[str]
    erased: list[str] = field(default_factory=list)

    def erase(self, *, recording_sid: str) -> None:
        if recording_sid in self.out_of_reach:
            raise RecordingUnavailable("503")
        self.erased.append(recording_sid)


@ON_SQLITE_ALONE
def test_a_recording_that_cannot_be_erased_now_holds_nobody_up_is_told_and_tried_again(
    database: Database, desk: Desk
) -> None:
    with database.writing() as session:
        call = open_call(session, call_sid="CA1", from_number="+862160000001", to_number="+862155500000", now=OLD)
        for sid in ("RE1", "RE2", "RE3"):
            session.add(Recording(call_id=call.id, recording_sid=sid, is_ready=True, recorded_at=OLD))
    store = MovingStore(out_of_reach={"RE1"})

    run_job(replace(desk.services, recordings=store), ERASE)
    with looking(database) as session:
        error = session.get_one(JobRun, ERASE.name).error
    store.out_of_reach.clear()
    desk.now += hours(1)
    run_job(replace(desk.services, recordings=store), ERASE)

    assert store.erased == ["RE2", "RE3", "RE1"]
    assert error is not None
    assert "1 recordings" in error
    with looking(database) as session:
        assert session.get_one(JobRun, ERASE.name).error is None
        assert session.scalars(select(Recording).where(Recording.erased_at.is_(None))).all() == []
