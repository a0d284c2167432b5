"""Runs every command of the command line once, each in a process forked from this one, a few at a
time, because some wait for a second.

Reads a JSON object from standard input: `environ` (all that the commands see), `uid` or null,
`folder` (the current one), `is_deleted` (the folder goes before each command), `words` (put after
every command line). Writes a JSON object for each command: its words, exit code and output.

A fork costs 20 ms, a start of the program 300 ms, and there are more than a hundred commands.
"""

import concurrent.futures.thread
import encodings.idna
import gc
import importlib
import json
import os
import pkgutil
import signal
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import tickiti_cli
from tickiti_cli.__main__ import main
from tickiti_cli.reference.tree import Command, Kind, read_tree

# What the commands import only when they need it, below folders that another user cannot read.
LATE = (
    "platformdirs.unix",
    "tomlkit",
    "tomli_w",
    "httpx",
    "rich.console",
    "rich.table",
    "markdown_it",
    "importlib.readers",
)
for _name in LATE:
    importlib.import_module(_name)

ONCE = (concurrent.futures.thread, encodings.idna, zipfile)
for _module in pkgutil.walk_packages(tickiti_cli.__path__, "tickiti_cli."):
    if not _module.name.endswith("__main__"):
        # Now: another user may not be able to read the folders that they come from.
        importlib.import_module(_module.name)

SECONDS = 20
AT_ONCE = 4
NOT_RUN = {("help",), ("version",), ("callback", "listen")}
"""Nothing to see, or without an end."""

MORE = {
    # what makes these end by themselves
    ("server", "start"): ("--port", "99999"),
    ("server", "wait-ready"): ("--timeout", "1"),
    ("server", "requests", "wait"): ("--timeout", "1"),
    ("outbox", "wait"): ("--timeout", "1"),
    # what makes these look at files
    ("ticket", "create"): ("-s", "x", "--body-file", "body", "--attach", "a=b"),
    ("ticket", "respond"): ("-b", "x", "--attach", "x.png=y"),
    ("ticket", "export"): ("--format", "csv"),
    ("response", "export"): ("--format", "csv"),
    ("attachment", "get"): ("--out", "x.png"),
    ("template", "edit"): ("--content-file", "x.html"),
    ("token", "mint"): ("--preset", "filer", "--out", "x.token"),
    ("token", "rotate"): ("--self", "--install", "file:x.token"),
    ("token", "retire"): ("--yes",),
    ("token", "revoke"): ("--self", "--yes"),
    ("auth", "login"): ("--base-url", "https://a.example", "--from-file", "x.token"),
    ("email", "send"): ("-s", "x", "-b", "x", "--lock", "nightly"),
    ("server", "openapi"): ("--out", "x.json"),
    ("profile", "remove"): ("--yes",),
    ("config", "set"): ("max_time", "5"),
    ("completion", "install"): ("bash",),
}


def words_of(command: Command) -> list[str]:
    """A command line that the parser takes: each required flag and argument has a value."""
    words = [*command.words]
    for flag in command.flags:
        if flag.is_required and flag.value:
            words += [flag.long, sample(flag.value.kind, flag.value.words, flag.long)]
    for argument in command.arguments:
        if argument.is_required and command.words != ("config", "set"):
            value = argument.value
            words.append(sample(value.kind, value.words, value.metavar))
    return [*words, *MORE.get(command.words, ())]


def sample(kind: Kind, words: tuple[str, ...], name: str) -> str:
    known = {"FIELD=VALUE...": "a=b", "--from": "a@b.example", "--to": "a@b.example"}
    known |= {"ENDPOINT": "tickets", "NAME": "1", "FILE": "file.csv"}
    if name in known:
        return known[name]
    return words[0] if words and kind is Kind.WORDS else "1"


class Running:
    """A command in a process of its own, with files for its output."""

    def __init__(self, command: Command, given: dict[str, Any]) -> None:
        self._words = [*words_of(command), *given["words"]]
        self._outputs = [tempfile.TemporaryFile() for _ in ("stdout", "stderr")]  # noqa: SIM115 - closed when it has ended
        self.pid = os.fork()
        if self.pid == 0:
            become(self._words, given, *(output.fileno() for output in self._outputs))

    def ended(self, status: int) -> dict[str, Any]:
        """What there is to tell about it."""
        texts = []
        for output in self._outputs:
            with output:
                output.seek(0)
                texts.append(output.read().decode(errors="replace"))
        code = os.waitstatus_to_exitcode(status)
        return {"words": self._words, "code": code, "stdout": texts[0], "stderr": texts[1]}


def run_all(commands: list[Command], given: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what became of each command, in the order in which they end."""
    gc.freeze()  # or each fork copies what it collects
    running: dict[int, Running] = {}
    left = iter(commands)
    while True:
        for command in islice(left, AT_ONCE - len(running)):
            begun = Running(command, given)
            running[begun.pid] = begun
        if not running:
            return
        pid, status = os.wait()
        yield running.pop(pid).ended(status)


def become(words: list[str], given: dict[str, Any], stdout: int, stderr: int) -> NoReturn:
    try:
        signal.alarm(SECONDS)
        folder = Path(given["folder"])
        if given["is_deleted"]:
            folder = Path(tempfile.mkdtemp())
        os.chdir(folder)
        if given["is_deleted"]:
            folder.rmdir()
        if given["uid"] is not None:
            os.setgroups([])
            os.setresgid(given["uid"], given["uid"], given["uid"])
            os.setresuid(given["uid"], given["uid"], given["uid"])
        os.environ.clear()
        os.environ.update(given["environ"])
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (stdout, 1), (stderr, 2)):
            os.dup2(source, target)
        sys.argv = ["tickiti", *words]
    except BaseException as error:  # noqa: BLE001 - in a child, which must not go on
        os.write(2, f"the test itself: {error!r}".encode())
        os._exit(99)
    main()


def every() -> list[Command]:
    return [command for command in read_tree().commands if command.words not in NOT_RUN]


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    for ran in run_all(every(), asked):
        print(json.dumps(ran), flush=True)
