"""The README's approval request, pasted in order."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Cli
from tests.support.waiting import wait_until

README = Path(__file__).parents[3] / "README.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """Kind and text of each block of the section."""
    text = README.read_text()
    section = text.partition("## Approval requests from other systems\n")[2].partition("\n## ")[0]
    return BLOCK.findall(section)


@pytest.fixture
def tidy(run: Cli) -> Iterator[Cli]:
    """Whatever happens, neither the server nor the receiver is left behind."""
    yield run
    run("server", "stop")
    with suppress(OSError):
        urllib.request.urlopen(f"http://127.0.0.1:{port_of(run)}/", b"the end", timeout=5)


def test_the_readmes_decision_works_when_pasted(tidy: Cli) -> None:
    run = tidy
    commands = [text for kind, text in blocks() if kind == "sh"]
    (shown,) = [text for kind, text in blocks() if not kind]
    *before, end = commands
    ran = paste(run, before)
    number = "220009"
    *made, view, decided = ran.rpartition(f"\n{number}\t")
    assert "".join(made).split("\n")[1:] == [
        "discount_request.private", "discount_request.public", "discount_request.final", "1",
        "discount_request",
    ]  # fmt: skip
    assert view == f"\n{number}\t"
    lines = decided.splitlines()
    assert lines[0].startswith("Discount for Marcus\topen\t20\tmarcus@trailblazers-club.example\t")
    assert [line.split("\t")[3:] for line in lines[1:-1]] == [
        ["true", "Marcus offers 150 for shoes at 249."],
        ["false", "Dear Marcus, we look at your offer."],
    ]
    callback_id = lines[-1]
    assert told((run.folder / "call.ndjson").read_text()) == told(shown)
    answered_in_time(run, number)
    final = paste(run, [f"number={number}\n", end]).splitlines()
    assert final[0].startswith(f"{callback_id}\tdiscount_request\tSP-2412-0489\t{number}\t")
    assert "\tsent\t1\t\t200\t\t" in final[0]
    # Before the final comment stands the record of the decision, which has no text.
    assert final[4].endswith("\ttrue\t")
    assert final[5].endswith("\tfalse\tDear Marcus, the shoes are yours for 199.")
    assert final[6:] == ["stopped"]


def paste(run: Cli, commands: list[str]) -> str:
    """What a shell prints; other ports than the usual ones, which may be taken here."""
    script = "set -e\n" + "".join(commands)
    script = script.replace("server start", "server start --port 0")
    script = script.replace("8650", str(port_of(run)))
    bin_folder = run.home / "bin"
    bin_folder.mkdir(exist_ok=True)
    program = bin_folder / "tickiti"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m tickiti_cli "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        [shutil.which("sh") or "sh", "-c", script],
        env=run.environ({"PATH": f"{bin_folder}:{os.environ['PATH']}"}), cwd=run.folder,
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    remarks = [line for line in done.stderr.splitlines() if not line.startswith("Listening on ")]
    assert (done.returncode, remarks) == (0, [])
    return done.stdout


def port_of(run: Cli) -> int:
    """One port for all of a test's pastes, free when it was chosen."""
    chosen = run.home / "port"
    if not chosen.exists():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            chosen.parent.mkdir(parents=True, exist_ok=True)
            chosen.write_text(str(listener.getsockname()[1]))
    return int(chosen.read_text())


def told(line: str) -> Any:
    """A call but for what differs each time."""
    call = json.loads(line)
    assert call["id"].startswith("msg_")
    return {**call, "id": "", "received_at": ""}


def answered_in_time(run: Cli, number: str) -> None:
    """The receiver ends a moment before the server has noted that."""
    wait_until(lambda: "yours for 199" in run("ticket", "view", number).stdout)
