"""Runs many command lines in one process, each against replies that something has twisted.

The rule of this file: the server is real, and what it says is real but for one place in one reply.
Started as a program by test_twisted_replies.py; it prints a line of JSON for each run that ended
with a traceback, or said of a write that was carried out that it was not.
"""

import contextlib
import copy
import itertools
import json
import random
import shlex
import sys
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

from tickiti_cli import __main__
from tickiti_cli.api import sender

TWISTS: tuple[Any, ...] = (
    None, [], {}, "x", "", 5, -1, 1.5, True, [None], [5], ["x"], [[]], [{}], {"a": [1]}, "1e999",
    "\ud83d", 10**30,
)  # fmt: skip

COMMANDS = """
ticket create --from a@b.example -s x -b y
ticket create --from a@b.example -s x -b y -q
ticket respond {ticket} --from a@b.example -b y
ticket list
ticket list --all --limit 1
ticket view {ticket}
ticket view {ticket} --raw-html
ticket close {ticket} --from a@b.example
ticket reopen {ticket} --from a@b.example
ticket assign {ticket} nobody --from a@b.example
ticket hold {ticket} --until 2030-12-31 --from a@b.example
ticket move {ticket} Inbox --from a@b.example
ticket note {ticket} --from a@b.example -b y
ticket note {ticket} 5 --from a@b.example -b y
ticket note {ticket} --from a@b.example --file content
ticket tag {ticket} --add vip
ticket participants add {ticket} c@d.example
ticket participants remove {ticket} c@d.example
ticket originator {ticket} e@b.example
ticket links {ticket}
ticket link {ticket} {other}
ticket unlink {ticket} {other}
ticket delete {other} --yes
ticket restore {other}
attachment list {ticket}
attachment get {ticket} --all --out files{n}
ticket wait {ticket} --until status=open --timeout 0.2
ticket export --out t.ndjson
response list {ticket}
response query
response export --out r.ndjson
email send --to a@b.example -s x -b y
response view 1
response edit 1 --internal
response edit 1 --public
response copy 1 --to {ticket}
stock-response create s{n} --category c
stock-response list
stock-response view s{n}
stock-response edit s{n} --disable
stock-response delete s{n} --yes
faq list
skill list
skill options
staff list
user list
user create u{n} u{n}@b.example
user edit u{n}@b.example --staff
user grant u{n}@b.example Inbox --view
user ungrant u{n}@b.example Inbox --yes
team create t{n}
team list
team delete t{n} --yes
template create t{n} --type email -s x --content-file content
template list
template search x
template view twisted.received
template render twisted.received -d name=a -d order.id=1
template edit twisted.received -s 'x {n}'
template pull folder{n}
template diff folder
template push folder
template delete t{n} --yes
intervention list
intervention view ask
intervention token ask
intervention edit ask --disable
queue list
queue create q{n}
queue edit q{n} --mailbox local
queue delete q{n} --yes
perspective list
perspective create p{n}
perspective edit p{n} --order subject
perspective delete p{n} --yes
watchlist list
watchlist create w{n}
watchlist add w{n} {ticket}
watchlist delete w{n} --yes
hashtag list
report volumes
report meta
report response-times
report resolutions
report agent-activity
resolution list
resolution create r{n}
resolution edit r{n} --retired
resolution reorder r{n}
resolution delete r{n} --yes
escalation list
escalation hours
escalation create --minutes 5
escalation edit 1 --minutes 6
mailbox list
mailbox create m{n} --address m@b.example --host 127.0.0.1 --port 1 --security none
mailbox edit m{n} --port 2
mailbox delete m{n} --yes
mailbox test local --timeout 1
outbox list
outbox wait --to a@b.example --timeout 0.2
callback list
token list
token view 1
token view --self
token audit
token mint --name x --preset filer
token mint --name x --preset filer --out token{n}
token rotate r{n} --no-verify
token rotate r{n}
token retire 1 --yes
token revoke 999 --yes
token revoke --expired --yes
idempotency mint
auth status --check
status
auth can create-ticket
server act {ticket} --priority high
server requests
doctor
api tickets.show -F ticket_number={ticket}
""".strip().splitlines()

FORMATS = ((), ("--json",), ("-o", "table"), ("-o", "csv"), ("-o", "ndjson"))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a reply; of a list the first item alone."""
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def twisted(body: Any, drawn: random.Random) -> Any:
    """With one member taken out, or another value in one place."""
    made = copy.deepcopy(body)
    path = drawn.choice([*places(made)])
    if not path:
        return drawn.choice(TWISTS)
    at = made
    for step in path[:-1]:
        at = at[step]
    if isinstance(at, dict) and drawn.random() < 0.3:
        del at[path[-1]]
    else:
        at[path[-1]] = drawn.choice(TWISTS)
    return made


class Twister:
    """Between the client and the wire: twists the reply to the request of one number."""

    def __init__(self) -> None:
        self._exchange = sender.Sender._exchange
        self.drawn = random.Random(0)
        self.at = -1
        self.asked = 0
        self.applied: list[str] = []
        self.reply = ""

    def __call__(self, this: Any, request: Any, headers: Any, seconds: float) -> Any:
        status, told, raw = self._exchange(this, request, headers, seconds)
        self.asked += 1
        if status == 200 and request.is_write:
            self.applied.append(request.endpoint.name)
        if status == 200 and self.asked - 1 == self.at:
            self.reply = json.dumps(twisted(json.loads(raw), self.drawn))
            raw = self.reply.encode()
        return status, told, raw


def run(arguments: list[str]) -> tuple[int, str, str]:
    with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = __main__._run(arguments)
        out.seek(0)
        err.seek(0)
        return code, out.read(), err.read()


UNDONE = (["tokens.rotate", "tokens.revoke"], ["tokens.mint", "tokens.revoke"])
"""Writes of which the second takes the first back: together they have changed nothing."""


def is_wrong(code: int, out: str, err: str, twister: Twister, words: list[str]) -> str:
    """What is wrong with how it ended; empty if nothing is."""
    if code == 1 or "a bug:" in err or "Traceback" in err:
        return "it crashed"
    if "--json" in words and code == 0:
        json.loads(out, parse_constant=_refuse)
    if twister.applied and code:
        last = err.strip().splitlines()[-1:] or ["{}"]
        told = json.loads(last[0])["error"]["outcome"] if "--json" in words else ""
        if told == "not_applied" and twister.applied not in UNDONE:
            return f"it denies {twister.applied}"
    return ""


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def main(seed: int, times: int, ticket: str) -> None:
    twister = Twister()

    def exchange(this: Any, request: Any, headers: Any, seconds: float) -> Any:
        return twister(this, request, headers, seconds)

    sender.Sender._exchange = exchange  # type: ignore[method-assign]
    drawn = twister.drawn = random.Random(seed)
    other = run(["ticket", "create", "--from", "a@b.example", "-s", "Other", "-b", "x"])[1].strip()
    for n, line in itertools.product(range(times), COMMANDS):
        words = shlex.split(line.format(n=n, ticket=ticket, other=other))
        if "rotate" in words:
            twister.at = -1
            run(["token", "mint", "--name", words[2], "--preset", "filer"])
        words += drawn.choice(FORMATS)
        twister.asked, twister.applied = 0, []
        twister.at = drawn.choice((0, 0, 0, 1, 1, 2))
        code, out, err = run([*words, "--retries", "0", "--max-time", "5"])
        if wrong := is_wrong(code, out, err, twister, words):
            told = {"words": words, "wrong": wrong, "reply": twister.reply[:300]}
            sys.stdout.write(json.dumps({**told, "stderr": err[-600:], "code": code}) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
