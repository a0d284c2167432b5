"""The fixtures for pytest: an empty helpdesk for each test, and what arrived at it."""

import json
import os
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import wait_until
from tickiti_cli.errors import MachineProblem
from tickiti_cli.python import ApiError, ForeignReply
from tickiti_cli.python.helpdesk import Helpdesk
from tickiti_cli.python.own_server import OwnServer
from tickiti_cli.python.types import TicketContent

ANNA = "anna@client.example"
DATA: TicketContent = {"subject": "Cracked plate", "content": "It snapped at mile 14."}


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_begins_with_an_empty_helpdesk(tickiti: Helpdesk, turn: int) -> None:
    assert tickiti.tickets == tickiti.requests == tickiti.outbox == tickiti.callbacks == []
    client = tickiti.client_of("create-ticket")
    reply = client.create_ticket(originator_email_address=ANNA, data=DATA)
    assert reply["ticket_number"] == 220009
    assert [row["subject"] for row in tickiti.tickets] == ["Cracked plate"]
    (request,) = tickiti.requests
    assert (request["path"], request["status"]) == ("/api/create_ticket", 200)


def test_a_token_has_the_named_abilities_alone(tickiti: Helpdesk) -> None:
    client = tickiti.client_of("ticket-index")
    with pytest.raises(ApiError) as caught:
        client.create_ticket(originator_email_address=ANNA, data=DATA)
    assert caught.value.status == 403
    every = tickiti.client_of()
    every.create_ticket(originator_email_address=ANNA, data=DATA)
    with pytest.raises(ApiError):
        every.tokens.index()


def test_a_mail_arrives_in_the_outbox(tickiti: Helpdesk) -> None:
    tickiti.client_of("send-email").send_email(
        to_address=ANNA, subject="Your order", content="It is on its way."
    )
    (mail,) = tickiti.outbox
    assert (mail["to"], mail["subject"]) == (ANNA, "Your order")
    assert "It is on its way." in mail["text"]


def test_the_clock_can_be_frozen_advanced_and_reset(tickiti: Helpdesk) -> None:
    moment = datetime(2030, 1, 31, 9, 0, tzinfo=UTC)
    assert tickiti.clock.freeze(moment) == moment == tickiti.clock.now
    assert tickiti.clock.advance(timedelta(days=1)) == moment + timedelta(days=1)
    client = tickiti.client_of("create-ticket")
    client.create_ticket(originator_email_address=ANNA, data=DATA)
    assert tickiti.tickets[0]["created_at"].startswith("2030-02-01T09:00:00")
    assert tickiti.clock.reset() < moment
    with pytest.raises(ValueError, match="no time zone"):
        tickiti.clock.freeze(datetime(2030, 1, 1))  # noqa: DTZ001 - what is refused


def test_a_seed_fills_the_helpdesk_and_returns_its_tokens(
    tickiti: Helpdesk, tickiti_server: OwnServer, tmp_path: Path
) -> None:
    (tmp_path / "seed.toml").write_text('[[queue]]\nname = "Returns"\n')
    tokens = tickiti.seed(
        tmp_path / "seed.toml",
        {"token": [{"name": "shop", "abilities": ["ticket-index"]}]},
    )
    with tickiti_server.client(tokens["shop"]) as client:
        assert client.tickiti_api_index()["tickets"] == []
    queues = {queue["name"] for queue in tickiti.client.tickets.queues()["queues"]}
    assert "Returns" in queues
    with pytest.raises(ApiError, match="the seed"):
        tickiti.seed({"queue": [{"nam": "Returns"}]})


def test_an_argument_of_another_type_says_what_is_expected(tickiti: Helpdesk) -> None:
    wrong: Any = "2030-01-31T09:00Z"
    for call, sentence in (
        (tickiti.clock.freeze, r"freeze\(\) takes datetime\(..., tzinfo=UTC\), not '2030"),
        (tickiti.clock.advance, r"advance\(\) takes a timedelta, not '2030"),
        (tickiti.seed, r"seed\(\) takes a Path or a dictionary, not '2030"),
    ):
        with pytest.raises(TypeError, match=sentence):
            call(wrong)


def test_a_misspelt_argument_of_a_fault_is_an_error(tickiti: Helpdesk) -> None:
    misspelt: Any = {"status": 503, "rout": "tickets.create"}
    with (
        pytest.raises(TypeError, match="no argument 'rout'; there are status,"),
        tickiti.fault(**misspelt),
    ):
        pass


@pytest.mark.parametrize("empty", ["key", "route"])
def test_a_fault_of_an_empty_key_or_route_is_an_error(tickiti: Helpdesk, empty: str) -> None:
    flags: dict[str, Any] = {"status": 503, empty: ""}
    with (
        pytest.raises(ValueError, match=rf"fault\(\): {empty} is empty"),
        tickiti.fault(**flags),
    ):
        pass
    assert tickiti.client.call("test.faults.index", {})["faults"] == []


def test_the_end_of_a_fault_leaves_an_outer_one(tickiti: Helpdesk) -> None:
    with tickiti.fault(status=503, route="/api/create_ticket") as outer:
        with tickiti.fault(bad_json=True, route="/api/tickiti_api_index"):
            pass
        assert [row["id"] for row in tickiti.client.call("test.faults.index", {})["faults"]] == [
            outer.id
        ]
    assert tickiti.client.call("test.faults.index", {})["faults"] == []


def test_a_fault_of_one_token_spares_the_others(tickiti: Helpdesk) -> None:
    client, spared = tickiti.client_of("create-ticket"), tickiti.client_of("create-ticket")
    token = max(row["id"] for row in tickiti.client.tokens.index()["tokens"])
    with tickiti.fault(status=404, token=token) as fault:
        client.create_ticket(originator_email_address=ANNA, data=DATA)
        with pytest.raises(ApiError):
            spared.create_ticket(originator_email_address=ANNA, data=DATA)
        assert fault.fired == 1


def test_a_wrong_name_in_a_row_is_answered_with_the_names(tickiti: Helpdesk) -> None:
    tickiti.client.create_ticket(originator_email_address=ANNA, data=DATA)
    row: Any = tickiti.tickets[0]
    with pytest.raises(ForeignReply, match="lacks 'ticket_number'; it has id, number, subject"):
        row["ticket_number"]


def test_a_snapshot_can_be_restored(tickiti: Helpdesk) -> None:
    client = tickiti.client_of("create-ticket")
    client.create_ticket(originator_email_address=ANNA, data=DATA)
    tickiti.save("one")
    client.create_ticket(originator_email_address=ANNA, data=DATA)
    tickiti.load("one")
    assert len(tickiti.tickets) == 1


def test_the_servers_folders_are_its_own(tickiti_server: OwnServer) -> None:
    names = ("HOME", "TICKITI_CONFIG_DIR", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    folder = tickiti_server.folder
    assert all(Path(tickiti_server.environ[name]).is_relative_to(folder) for name in names)
    assert not (folder / "config" / "config.toml").exists()


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(MachineProblem, match=r"did not start.*--host"):
        OwnServer(tmp_path, "--host", "0.0.0.0")


def test_a_process_that_ends_leaves_no_server_and_no_database(tmp_path: Path) -> None:
    with OwnServer(tmp_path) as server:
        database = json.loads(_tickiti(server, "server", "status", "--json"))["database"]
        assert Path(database).exists()
    assert not Path(database).exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_is_killed_leaves_no_server(tmp_path: Path, number: int) -> None:
    code = (
        "import pathlib, sys, time; from tickiti_cli.python.own_server import OwnServer;"
        "print(OwnServer(pathlib.Path(sys.argv[1])).url, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().strip().rpartition(":")[2])
        process.send_signal(number)
    wait_until(lambda: not _listens(port))


def test_ctrl_c_lets_a_test_tidy_up_on_its_helpdesk(tmp_path: Path) -> None:
    code = (
        "import pathlib, sys, time; from tickiti_cli.python.helpdesk import Helpdesk;"
        "from tickiti_cli.python.own_server import OwnServer\n"
        "with OwnServer(pathlib.Path(sys.argv[1])) as server:\n"
        "    helpdesk = Helpdesk(server)\n"
        "    try:\n"
        "        with helpdesk.fault(status=503, route='/api/*'):\n"
        "            print('ready', flush=True); time.sleep(60)\n"
        "    except KeyboardInterrupt:\n"
        "        time.sleep(1); print(helpdesk.tickets)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.communicate(timeout=60) == ("[]\n", "")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _tickiti(server: OwnServer, *words: str) -> str:
    command = [sys.executable, "-P", "-m", "tickiti_cli", *words]
    return subprocess.run(
        command, env=server.environ, capture_output=True, text=True, check=True
    ).stdout


def test_pytest_starts_without_the_rest_of_the_package() -> None:
    """Every run of pytest where tickiti is installed imports the plug-in."""
    code = "import sys, tickiti_cli.pytest_plugin; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    ours = {name for name in done.stdout.split() if name.startswith("tickiti_")}
    assert ours == {"tickiti_cli", "tickiti_cli.pytest_plugin"}
    assert "httpx" not in done.stdout.split()
