"""Recording and faults are layers around the application: a server without them has none."""

import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tickiti_server.api import faults
from tickiti_server.delivery.callback.callbacks import CallbackCarrier
from tickiti_server.delivery.mail.email import EmailCarrier
from tickiti_server.http import app
from tickiti_server.http.traffic.layer import FaultLayer
from tickiti_server.http.traffic.recorder import Recorder
from tickiti_server.logs.recording import Recordings


@pytest.fixture(autouse=True)
def _unarmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin and end as an ordinary process: no other test finds this one's faults."""
    monkeypatch.setattr(faults, "_armed", None)


IMPORTED = """
import sys
import tickiti_server.http.app
print([name for name in sys.modules if name.startswith("tickiti_server.http.traffic")])
"""


async def inner(_scope: Any, _receive: Any, _send: Any) -> None:
    """The application."""


def services(*, is_test_mode: bool, recordings: Recordings | None) -> Any:
    settings = SimpleNamespace(is_test_mode=is_test_mode)
    log = SimpleNamespace(recordings=recordings)
    return SimpleNamespace(settings=settings, request_log=log, clock=lambda: 0)


def test_an_ordinary_server_has_the_application_alone() -> None:
    assert app._with_layers(inner, services(is_test_mode=False, recordings=None)) is inner


def test_application_has_only_the_requested_layers() -> None:
    recorded = app._with_layers(inner, services(is_test_mode=False, recordings=Recordings()))
    assert isinstance(recorded, Recorder)
    assert recorded._app is inner
    tested = app._with_layers(inner, services(is_test_mode=True, recordings=None))
    assert isinstance(tested, FaultLayer)


@pytest.mark.parametrize("is_test_mode", [False, True])
def test_carriers_fail_on_purpose_in_test_mode_alone(is_test_mode: bool) -> None:
    faults.arm()  # as the layer of test mode does before the carriers are made
    found = app.carriers(services(is_test_mode=is_test_mode, recordings=None))
    kinds = [type(found[name]) for name in ("email", "callback")]
    assert (kinds == [EmailCarrier, CallbackCarrier]) == (not is_test_mode)


def test_an_ordinary_server_does_not_import_faults() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True, timeout=60
    )
    assert ".layer" not in done.stdout
    assert ".carriers" not in done.stdout
