"""What tests of decisions share: interventions, their files and tickets."""

import re
import shlex
import subprocess
from uuid import uuid4

from tests.support.cli import Cli
from tests.support.waiting import PATIENCE_SECONDS
from tickiti_cli.contract import webhooks

FILE = "discount_request.toml"
DISCOUNT = """\
title = "Discount request"
remote_epilog_url = "https://localhost/decided"

[[fields]]
type = "number"
name = "price"
label = "Price for {{customer}}"

[[fields]]
type = "checkbox"
name = "accept"
label = "Accept"
"""
PRIVATE = "<p>{{customer}} asks for {{price}}.</p>"
DATA = ("-d", "customer=Marcus", "-d", "price=99.90")


def define(cli: Cli, *names: str, file: str = DISCOUNT) -> None:
    """Interventions, their private templates and their tokens."""
    for name in names:
        made = cli("intervention", "create", name, "--file", "-", stdin=file)
        assert (made.code, made.stderr) == (0, "")
        template = ("template", "create", f"{name}.private", "--type", "intervention")
        assert cli(*template, "--content-file", "-", stdin=PRIVATE).code == 0
        assert cli("intervention", "token", name).code == 0


def lay_out_files(cli: Cli) -> None:
    (cli.folder / FILE).write_text(DISCOUNT)
    secret = cli.folder / "discount.secret"
    secret.touch(mode=0o600)
    secret.write_text(webhooks.new_secret())


def ask(cli: Cli, name: str = "discount_request") -> str:
    """A ticket that waits for a decision; its number."""
    words = ("ticket", "create", "--from", "marcus@trailblazers-club.example")
    opened = cli(*words, "--intervention", name, "--uid", str(uuid4()), *DATA)
    assert (opened.code, opened.stderr) == (0, "")
    return opened.stdout.strip()


def listen_and_leave(cli: Cli, line: str) -> None:
    """It listens until it is told to end."""
    process = subprocess.Popen(
        [*shlex.split(line), "--port", "0"], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, env=cli.environ({}), cwd=cli.folder,
    )  # fmt: skip
    assert process.stderr is not None
    assert re.fullmatch(rb"Listening on http://127\.0\.0\.1:\d+/\n", process.stderr.readline())
    process.terminate()
    stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, stdout, stderr) == (143, b"", b"tickiti: Terminated.\n")
