"""`--print-curl` of a body that is no argument: pasted into any shell, it sends the same bytes."""

import json
import shutil
import subprocess

import pytest

from tests.support.cli import Cli
from tests.support.foreign import Foreign, ticket_created
from tickiti_cli.api.request import MOST_ARGUMENT

CREATE = (
    "ticket",
    "create",
    "--from",
    "a@b.example",
    "-s",
    "x",
    "--body-file",
    "-",
    "--print-curl",
)
API = ("api", "create_ticket", "--idempotency-key", "k", "--input", "-", "--print-curl")
HOSTILE = (
    "it's \"q\" `id` $(id) $HOME \\n \\ \\\\ ü \U0001f600 EOF\nEND_OF_BODY\nEND_OF_BODY_\n!! %s\t'"
)


def body_of(text: str, *, indent: int | None = None) -> str:
    data = {"subject": "x", "content": text}
    return json.dumps({"originator_email_address": "a@b.example", "data": data}, indent=indent)


def pasted(remote: Cli, shell: str, line: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which(shell)
    assert program is not None, f"{shell} is not installed"
    environ = remote.environ({"TICKITI_API_TOKEN": "5|pasted"})
    return subprocess.run(
        [program], input=line, env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def sent(
    remote: Cli, foreign: Foreign, shell: str, arguments: tuple[str, ...], stdin: str
) -> bytes:
    """The body that arrives when the printed lines are pasted."""
    foreign.answers(ticket_created())
    printed = remote(*arguments, stdin=stdin)
    assert (printed.code, printed.stderr, foreign.asked) == (0, "", [])
    ran = pasted(remote, shell, printed.stdout)
    assert "ticket_number" in ran.stdout, ran.stderr
    (asked,) = foreign.asked
    assert asked.headers["authorization"] == "Bearer 5|pasted"
    return asked.body


@pytest.mark.parametrize("shell", ["sh", "bash", "dash"])
def test_pasted_curl_line_sends_a_long_body(remote: Cli, foreign: Foreign, shell: str) -> None:
    text = HOSTILE * 3000
    assert len(text.encode()) > 128 * 1024
    body = sent(remote, foreign, shell, (*CREATE, "--body-format", "html"), text)
    assert json.loads(body)["data"]["content"].strip() == text.strip()


@pytest.mark.parametrize("end", ["", "\n", "\n\n \n"])
@pytest.mark.parametrize("indent", [None, 1])
def test_printed_curl_line_sends_the_same_bytes(
    remote: Cli, foreign: Foreign, end: str, indent: int | None
) -> None:
    raw = body_of(HOSTILE * 3000, indent=indent) + end
    body = sent(remote, foreign, "sh", API, raw)
    foreign.asked.clear()
    assert remote(*API[:-1], stdin=raw).code == 0
    assert foreign.asked[0].body == body


def test_body_size_decides_between_argument_and_here_document(
    remote: Cli, foreign: Foreign
) -> None:
    for more in (0, 1):
        foreign.asked.clear()
        text = "x" * (MOST_ARGUMENT - len(body_of("").replace(" ", "")) + more)
        body = sent(remote, foreign, "sh", API, body_of(text).replace(" ", ""))
        assert len(body) == MOST_ARGUMENT + more
    assert "-d '" in remote(*API, stdin=body_of("short")).stdout


def test_here_document_ends_with_an_unused_delimiter(remote: Cli, foreign: Foreign) -> None:
    raw = body_of("x" * 200_000).removesuffix("}") + "\n\n}"
    raw = raw.replace('{"originator', '{"END_OF_BODY":\n0,\n"originator')
    assert json.loads(sent(remote, foreign, "sh", API, raw))["END_OF_BODY"] == 0
