"""Failures of the API are told by the flag, the argument or the column that a value came from."""

import gc
import io
import json
import re
import shlex
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from tests.support.cli import Cli, Ran
from tests.support.foreign import Foreign, reply
from tickiti_cli.api.request import Preview
from tickiti_cli.api.sender import Sender
from tickiti_cli.contract.errors import ApiError, ValidationFailed
from tickiti_cli.errors import TickitiError
from tickiti_cli.output import blame
from tickiti_cli.output.streams import Streams
from tickiti_cli.parser.app import app
from tickiti_cli.reference.tree import read_tree
from tickiti_cli.runtime import Runtime

SKIPPED = ("api", "auth", "callback listen", "completion", "config", "doctor", "help", "man", "op",
           "profile", "server", "token", "version")  # fmt: skip
"""Nouns and commands that send no write of their own, or none with members."""

MAILBOX = ("mailbox_type", "max_consecutive_errors", "outgoing_mailbox_type", "pop_enable",
           "pop_validate_cert", "secondary_report_threshold")  # fmt: skip
CONSTANTS = {
    ("callback trigger", "data"),  # the values of --set together
    *(("mailbox create", member) for member in (*MAILBOX, "smtp_enable")),
    ("mailbox test", "content"), ("mailbox test", "subject"), ("ticket close", "status"),
    ("ticket hold", "status"),
    ("ticket note", "is_internal"), ("ticket reopen", "status"),
    ("user create", "tonic_notifications"), ("user edit", "tonic_notifications"),
}  # fmt: skip
"""Members that no flag gives: the command itself chooses them, or sends what the server has."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A demo server, and the sample files that the examples name."""
    run = Cli(tmp_path_factory.mktemp("blame"))
    assert run("server", "start", "--demo", "--port", "0", "--detach").code == 0
    assert run("server", "sample-files").code == 0
    yield run
    run("server", "stop")


@pytest.fixture
def unclosed() -> Iterator[None]:
    """Closes the connections that the end of a process would close."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        yield
        gc.collect()
        for sender in [found for found in gc.get_objects() if isinstance(found, Sender)]:
            vars(sender)["_wire"].close()
            if client := vars(sender).get("_http"):
                client.close()


EXAMPLES = [
    (" ".join(command.words), line)
    for command in read_tree().commands
    for line in command.examples
    if not " ".join(command.words).startswith(SKIPPED)
]


def previewed(run: Cli, words: list[str]) -> tuple[Any, Any]:
    """The parser's context of a command, and the body of the write that it would send; None for a
    command that sends none."""
    stdin = io.TextIOWrapper(io.BytesIO(b"220009\n"))
    stdout = io.TextIOWrapper(io.BytesIO(), write_through=True)
    runtime = Runtime(Streams(stdin, stdout, io.StringIO(), run.environ({"BROWSER": "true"})))
    runtime.given |= {"dry_run": True, "yes": True}
    root = get_command(app)
    try:
        with root.make_context("tickiti", words, obj=runtime) as context:
            root.invoke(context)
    except Preview as preview:
        request = preview.request
        return runtime.context, request.form or json.loads(request.content or b"{}")
    except (ApiError, TickitiError):
        return runtime.context, {}
    text = stdout.buffer.getvalue()  # type: ignore[attr-defined]
    shown = json.loads(text)[0]["body"] if text.startswith(b'[{"method"') else {}
    return runtime.context, shown


def members(value: Any, path: str = "") -> Iterator[str]:
    """The path of each value in a body."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for name, one in inner:
        here = f"{path}{name}"
        if isinstance(one, dict | list) and one:
            yield from members(one, f"{here}.")
        else:
            yield here


@pytest.mark.usefixtures("unclosed")
def test_refusal_of_any_request_field_names_its_flag(
    demo: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The examples of all commands are parsed, and the server refuses each member of each body."""
    monkeypatch.chdir(demo.folder)
    monkeypatch.setenv("BROWSER", "true")
    untold, seen = set(), set()
    for path, line in EXAMPLES:
        words = re.split(r" [|<>]| &&|^.*\| ", line.removeprefix("$ "))
        command = next(word for word in words if word.startswith("tickiti "))
        context, body = previewed(demo, shlex.split(command)[1:])
        if body:
            seen.add(path)
        for field in members(body):
            error = ValidationFailed.of(field, f"The {field} field is not valid.")
            given = blame.parameters(context)
            blame.explain(error, json.dumps(body, default=str).encode(), given)
            label = error.message.removesuffix(" is not valid.")
            if label.partition(" ")[0] not in {one.label for one in given}:
                untold.add((path, field))
                assert label.endswith(" that this command sends")
    assert untold - CONSTANTS == set()
    assert len(seen) > 60


GIVEN = [
    blame.Given("--from", frozenset({"from"}), "marcus"),
    blame.Given("--subject", frozenset({"subject"}), "x" * 300),
    blame.Given("--queue", frozenset({"queue"}), "Nope"),
    blame.Given("--data", frozenset({"data"}), ["name=x"]),
    blame.Given("--password", frozenset({"password"}), "secret"),
]
SENT = {
    "originator_email_address": "marcus", "queue_name": "Nope", "smtp_password": "secret",
    "data": {"subject": "x" * 300, "name": "x"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "sentence", "told"),
    [
        (
            "originator_email_address",
            "The originator_email_address field must be an e-mail address.",
            "--from 'marcus' must be an e-mail address.",
        ),
        (  # Laravel writes a member's name with blanks
            "originator_email_address",
            "The originator email address field must be a valid email address.",
            "--from 'marcus' must be a valid email address.",
        ),
        (
            "data.subject",
            "The data.subject field may not be longer than 255 characters.",
            "--subject may not be longer than 255 characters.",
        ),
        ("data.subject", "The data.subject field must be shorter.", "--subject must be shorter."),
        ("smtp_password", "The smtp_password field must be new.", "--password must be new."),
        ("queue_name", "Queue 'Nope' not found.", "--queue: Queue 'Nope' not found."),
        (  # the words offered are values, even where one of them is also a member
            "queue_name",
            "There is no 'x'; use one of subject, queue_name.",
            "--queue: There is no 'x'; use one of subject, queue_name.",
        ),
        (
            "data.name",
            "The data.name field is required: the template shows it.",
            "--data name is required: the template shows it.",
        ),
    ],
)
def test_a_refusal_names_the_flag_and_a_short_value(field: str, sentence: str, told: str) -> None:
    error = ValidationFailed.of(field, sentence)
    blame.explain(error, json.dumps(SENT).encode(), GIVEN)
    assert (error.message, error.explained) == (told, (told,))
    assert error.errors == {field: [sentence]}


@pytest.mark.parametrize(
    ("file", "pairs", "field", "told"),
    [
        ("v.json", [], "data.price", "--data-json v.json: price 'abc' must be a number."),
        ("-", [], "data.price", "--data-json -: price 'abc' must be a number."),
        ("v.json", ["name=x"], "data.price", "--data-json v.json: price 'abc' must be a number."),
        ("v.json", ["price=abc"], "data.price", "--set price 'abc' must be a number."),
        (None, ["price=abc"], "data.price", "--set price 'abc' must be a number."),
        ("v.json", [], "data.size", "--data-json v.json: size must be a number."),
        ("v.json", ["price=abc"], "data.size", "--set size must be a number."),
        ("{}.json", [], "data.price", "--data-json {}.json: price 'abc' must be a number."),
    ],
)
def test_a_value_of_a_json_file_is_blamed_on_the_file(
    file: str | None, pairs: list[str], field: str, told: str
) -> None:
    error = ValidationFailed.of(field, f"The {field} field must be a number.")
    given = [
        blame.Given("--set", frozenset({"set"}), pairs),
        blame.Given("--data-json", frozenset({"data-json"}), file),
    ]
    blame.explain(error, b'{"data": {"price": "abc"}}', given)
    assert error.message == told


NAMES = ("subject", "from", "y", "to_address", "template", "data", "priority", "order.status")


@pytest.mark.parametrize("name", NAMES)
def test_a_value_with_the_name_of_a_flag_is_not_blamed_on_the_flag(demo: Cli, name: str) -> None:
    identifier = f"named.{name}"
    create = ("template", "create", identifier, "--type", "email", "-s", "x", "--content-file", "-")
    assert demo(*create, stdin=f"<p>{{{{{name}}}}}</p>").code == 0
    outer, _, inner = name.rpartition(".")
    value = {outer: {inner: [1]}} if outer else {inner: [1]}
    for words in (
        ("template", "render", identifier),
        ("email", "send", "--to", "jo@customer.example", "--template", identifier),
        ("ticket", "create", "--from", "jo@customer.example", "--template", identifier),
        ("ticket", "create", "--from", "@me", "--priority", "high", "--template", identifier),
    ):
        is_flag = name == "priority" and "--priority" in words
        ran = demo(*words, "--data-json", "-", stdin=json.dumps(value))
        problem = f"--data-json -: {name} must be text, a number, true or false"
        assert is_flag or ran.stderr.startswith(f"tickiti: {problem}"), words
        ran = demo(*words, "-d", "other=1")
        problem = f"  --data {name} is required by the template.\n"
        assert is_flag or ran.stderr.endswith(f".\n{problem}"), words


def test_a_value_of_an_intervention_is_not_blamed_on_a_flag(demo: Cli) -> None:
    create = ("ticket", "create", "--from", "jo@customer.example", "--intervention", "old_request")
    template = ("template", "create", "old_request.private", "--type", "intervention", "-s", "x")
    assert demo(*template, "--content-file", "-", stdin="<p>{{subject}}</p>").code == 0
    ran = demo(*create, "--uid", "1", "-d", "other=1")
    assert ran.stderr.endswith(".\n  --data subject is required by the template.\n")


def refusal(*fields: str) -> bytes:
    errors = {field: [f"The {field} field is not valid."] for field in fields}
    message = f"The {fields[0]} field is not valid. (and 1 more error)"
    body = {"ok": False, "message": message, "code": "validation_failed", "errors": errors}
    return reply(body, status=422)


def test_a_refusal_names_each_flag_once_and_json_keeps_the_fields(
    remote: Cli, foreign: Foreign
) -> None:
    foreign.answers(refusal("originator_email_address", "data.subject"))
    create = ("ticket", "create", "--from", "a@b.example", "-s", "x", "-b", "y")
    told = "tickiti: --from is not valid. (and 1 more error)\n  --subject is not valid.\n"
    assert remote(*create) == Ran(7, "", told)
    error = json.loads(remote(*create, "--json").stderr)["error"]
    assert error["message"] == "--from is not valid. (and 1 more error)"
    assert list(error["errors"]) == ["originator_email_address", "data.subject"]


def test_refusals_of_several_tickets_name_their_flags(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(refusal("from_email", "on_hold_until"))
    hold = ("ticket", "hold", "1", "2", "--until", "2030-01-01", "--from", "a@b.example")
    ran = remote(*hold, "--fields", "number,message")
    message = "--from is not valid. (and 1 more error)"
    assert (ran.code, ran.stdout) == (12, f"1\t{message}\n2\t{message}\n")


def test_an_import_names_the_column_of_each_refusal(remote: Cli, foreign: Foreign) -> None:
    (remote.folder / "t.csv").write_text("from,subject,body\na@b.example,x,y\n")
    foreign.answers(refusal("originator_email_address", "data.subject"))
    ran = remote("ticket", "import", "t.csv")
    assert (ran.code, ran.stderr.splitlines()[0]) == (
        12, "line 2: The column 'from' is not valid. (and 1 more error)",
    )  # fmt: skip


def test_the_api_command_error_keeps_the_typed_field_names(remote: Cli, foreign: Foreign) -> None:
    foreign.answers(refusal("originator_email_address", "data.subject"))
    ran = remote("api", "create_ticket", "-f", "originator_email_address=a@b.example")
    assert ran.stderr.startswith("tickiti: The originator_email_address field is not valid.")


@pytest.mark.parametrize(
    "words",
    [
        ("ticket", "view", "220009"),
        ("token", "view", "--self"),
        ("template", "view", "warranty.received"),
        ("intervention", "view", "discount_request"),
        ("stock-response", "view", "1"),
        ("skill", "view", "1"),
        ("auth", "status"),
        ("profile", "show"),
        ("status",),
        ("report", "meta"),
        ("escalation", "hours"),
        ("skill", "options"),
        ("template", "render", "warranty.received", "--data-json", "values.json"),
        ("template", "diff", "."),
        ("version",),
        ("auth", "token"),
    ],
)
def test_an_unknown_field_of_a_record_is_an_error_in_every_format(
    demo: Cli, words: tuple[str, ...]
) -> None:
    for flags in ((), ("--json",), ("-o", "csv"), ("-o", "markdown")):
        ran = demo(*words, "--fields", "nmae", *flags)
        assert (ran.code, ran.stdout) == (2, ""), flags
        assert "--fields: there is no field 'nmae' (known: " in ran.stderr
    seen = demo.on_terminal(*words, "--fields", "nmae")
    assert (seen.code, "there is no field 'nmae'" in seen.stdout) == (2, True)


def test_an_unknown_field_of_a_record_names_the_nearest(demo: Cli) -> None:
    ran = demo("ticket", "view", "220009", "--fields", "subjcet")
    assert ran.stderr.endswith("). Did you mean subject?\n")


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_list_of_requests_shows_whole_ids(demo: Cli, width: int) -> None:
    ids = demo("server", "requests", "list", "--limit", "3", "--fields", "request_id").stdout
    shown = demo.on_terminal(
        "server", "requests", "list", "--limit", "9", COLUMNS=str(width)
    ).stdout
    assert [one for one in ids.split() if one not in shown] == []


@pytest.mark.parametrize(
    ("words", "noun"),
    [
        (("outbox", "list"), "mails"),
        (("outbox", "list", "--state", "retry"), "mails"),
        (("callback", "list"), "callbacks"),
    ],
)
def test_a_cut_list_of_deliveries_tells_the_total(
    demo: Cli, words: tuple[str, ...], noun: str
) -> None:
    if noun == "callbacks":
        for uid in ("total-1", "total-2"):
            trigger = ("callback", "trigger", "discount_request", "--uid", uid)
            assert demo(*trigger).code == 13  # stored, but its receiver is not allowed
    whole = demo(*words, "--all", "--fields", "id").stdout.split()
    assert len(whole) > 1
    seen = demo.on_terminal(*words, "--limit", "1", "--fields", "id").stdout
    assert f"1 of {len(whole)} {noun}; --all shows every one." in seen.replace("\n", " ")
