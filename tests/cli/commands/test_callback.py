"""`tickiti callback`: callbacks are triggered, passed on, and shown with their answers."""

import json
from collections.abc import Iterator

import pytest

from tests.support import decisions
from tests.support.cli import Cli, Ran
from tests.support.listening import Heard
from tests.support.receiver import Receiver

TRIGGER = ("callback", "trigger", "discount_request")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A server that may call back to this machine."""
    cli = Cli(tmp_path_factory.mktemp("callbacks"))
    words = ("server", "start", "--port", "0", "--detach", "--db", "t.db")
    assert cli(*words, "--allow-callback", "127.0.0.1").code == 0
    decisions.define(cli, "discount_request")
    yield cli
    assert cli("server", "stop", "--db", "t.db").code == 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as found:
        found.headers = {"Content-Type": "application/json"}
        yield found


def test_a_triggered_callback_shows_the_answer(place: Cli, receiver: Receiver) -> None:
    receiver.status, receiver.body = 200, b'{"taken": true}'
    ran = place(*TRIGGER, "--url", receiver.url, "--set", "price=89.90", "--json")
    assert (ran.code, ran.stderr) == (0, "")
    row = json.loads(ran.stdout)
    assert (row["state"], row["history"][0]["reply_body"]) == ("sent", '{"taken": true}')
    assert json.loads(receiver.arrived[0].body)["data"]["price"] == 89.9
    shown = place.on_terminal("callback", "view", row["id"], "--color", "never").stdout
    assert '200: {"taken": true}' in " ".join(shown.split())


def test_a_callback_that_is_refused_is_exit_13(place: Cli, receiver: Receiver) -> None:
    receiver.status, receiver.body = 422, b"no such price"
    ran = place(*TRIGGER, "--url", receiver.url)
    assert ran.code == 13
    assert "tickiti: The callback was not accepted: It answered 422: no such price" in ran.stderr


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"price": 1', "--data-json v.json: not JSON: "),
        ("[]", "--data-json v.json: not a JSON object."),
        ('{"prce": 1}', "--data-json v.json: prce is not on the form, which has: "),
        ('{"price": "abc"}', "--data-json v.json: price 'abc' must be a number."),
    ],
)
def test_a_wrong_value_of_a_json_file_is_blamed_on_the_file(
    place: Cli, text: str, problem: str
) -> None:
    (place.folder / "v.json").write_text(text)
    ran = place(*TRIGGER, "--data-json", "v.json", "--no-wait")
    assert (ran.code in (2, 7), ran.stdout) == (True, "")
    assert ran.stderr.startswith(f"tickiti: {problem}")


def test_a_triggered_callback_is_not_waited_for(place: Cli, receiver: Receiver) -> None:
    receiver.gate.clear()
    ran = place(*TRIGGER, "--url", receiver.url, "--no-wait")
    assert (ran.code, ran.stdout.startswith("msg_")) == (0, True)
    ran = place(*TRIGGER, "--url", receiver.url, "--timeout", "0.1")
    assert (ran.code, "was not attempted within 0.1 s." in ran.stderr) == (13, True)
    receiver.gate.set()


def test_a_callback_to_a_private_address_names_the_flag(place: Cli) -> None:
    ran = place(*TRIGGER, "--url", "http://10.0.0.1:3000/x")
    assert ran.code == 7
    assert "--url" in ran.stderr
    assert "--allow-callback 10.0.0.1:3000" in ran.stderr


def test_a_callback_is_forwarded_and_the_answer_returned(place: Cli, receiver: Receiver) -> None:
    receiver.status, receiver.body = 409, b'{"error": "sold out"}'
    listener = Heard(
        place, "--forward-to", f"{receiver.url}?from=tickiti", "--count", "1", "--json"
    )
    ran = place(*TRIGGER, "--url", listener.url, "--json")
    attempt = json.loads(ran.stdout)["history"][0]
    assert (ran.code, attempt["code"], attempt["reply_body"]) == (
        13, 409, '{"error": "sold out"}'
    )  # fmt: skip
    assert dict(attempt["reply_headers"])["Content-Type"] == "application/json"
    (heard,) = json.loads(listener.end().stdout)
    assert (heard["status"], heard["answer"]) == (409, {"error": "sold out"})
    (arrived,) = receiver.arrived
    assert arrived.path == "/decided?from=tickiti"
    assert json.loads(arrived.body) == heard["body"]
    assert arrived.headers["webhook-id"] == heard["id"]
    assert arrived.headers["webhook-signature"].startswith("v1,")
    assert arrived.headers["host"] == receiver.host


def test_a_program_that_is_down_is_502(place: Cli) -> None:
    listener = Heard(place, "--forward-to", "http://127.0.0.1:1/x", "--count", "1", "--json")
    ran = place(*TRIGGER, "--url", listener.url)
    assert ran.code == 13
    (heard,) = json.loads(listener.end().stdout)
    assert (heard["status"], heard["answer"]) == (
        502, "No answer from http://127.0.0.1:1: Connection refused."
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--forward-to", "http://127.0.0.1:1/", "--status", "200"),
         "--forward-to and --status contradict each other: give one of them."),
        (("--forward-to", "localhost"),
         "--forward-to: 'localhost' is not a URL such as http://localhost."),
    ],
)  # fmt: skip
def test_a_listener_with_an_invalid_forward_address_is_refused(
    run: Cli, words: tuple[str, ...], problem: str
) -> None:
    assert run("callback", "listen", *words) == Ran(2, "", f"tickiti: {problem}\n")


def test_an_endpoint_on_this_machine_is_tried_with_two_commands(
    run: Cli, receiver: Receiver
) -> None:
    receiver.status, receiver.body = 200, b'{"taken": true}'
    start = ("server", "start", "--demo", "--allow-callback", receiver.host, "--detach")
    assert run(*start, "--port", "0", "--memory").code == 0
    ran = run("callback", "trigger", "discount_request", "--url", receiver.url)
    assert (ran.code, '200: {"taken": true}' in ran.stdout.replace('\\"', '"')) == (0, True)
    assert json.loads(receiver.arrived[0].body)["intervention"] == "discount_request"
    assert run("server", "stop").code == 0
