"""What a road service has told: driving times between places, and how the service is."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId


class RoadTimes(Base):
    """All that is known of the roads of one area out of one place, for one service and vehicle (`profile`).

    `from_place` is rounded coordinates as a number, `to_places` the packed destinations with seconds and metres, both
    as in dispatch/road_table.py. `covers` names the set of destinations that were all known when it was last looked at.
    """

    __tablename__ = "road_times"
    area_id: Mapped[int] = mapped_column(BigId, ForeignKey("areas.id"), primary_key=True)
    profile: Mapped[str] = mapped_column(String(200), primary_key=True)
    from_place: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    to_places: Mapped[bytes] = mapped_column(LargeBinary)
    covers: Mapped[str] = mapped_column(String(32))
    fetched_at: Mapped[dt.datetime]


class RoadService(Base):
    """The road service in use, if any. `next_try_at` ends its lease while asked and its rest after a failure."""

    __tablename__ = "road_services"
    profile: Mapped[str] = mapped_column(String(200), primary_key=True)
    next_try_at: Mapped[dt.datetime]
    fetched_at: Mapped[dt.datetime | None]
    failures: Mapped[int]
    error: Mapped[str | None] = mapped_column(Text)
    places_known: Mapped[int]
    places_wanted: Mapped[int]
