from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from simulator.call import SimulatedCall
from simulator.clock import VirtualClock
from simulator.exchange import Exchange, Hotline
from simulator.telephone import Telephone
from simulator.transport import WsgiTransport
from tests.simulator.scripted_app import AUTH_TOKEN, BASE_URL, Answer, ScriptedApp, twiml

NIGHT = datetime(2026, 3, 2, 14, 40, tzinfo=UTC)  # 22:40 in Shanghai

Connect = Callable[..., tuple[ScriptedApp, Exchange]]
Ring = Callable[..., tuple[ScriptedApp, Exchange, SimulatedCall]]


@pytest.fixture
def connect() -> Connect:
    """Return a function that connects a hotline, 95000's, to an app with a script."""

    def _connect(script: dict[str, Answer], **settings: object) -> tuple[ScriptedApp, Exchange]:
        app = ScriptedApp({"/ivr/fallback": twiml("<Hangup/>")} | script)
        transport = WsgiTransport(app, BASE_URL)
        exchange = Exchange(transport, AUTH_TOKEN, clock=VirtualClock(NIGHT), **settings)  # type: ignore[arg-type]
        exchange.add_hotline(Hotline.at(BASE_URL, "+862195000000"))
        return app, exchange

    return _connect


@pytest.fixture
def ring(connect: Connect) -> Ring:
    """Return a function that dials the hotline of an app with a script: `app, exchange, call = ring({...})`."""

    def _ring(script: dict[str, Answer], **settings: object) -> tuple[ScriptedApp, Exchange, SimulatedCall]:
        app, exchange = connect(script, **settings)
        return app, exchange, Telephone(number="+8613800000001", exchange=exchange).dial("+862195000000")

    return _ring
