"""Tokens that a test has minted by command: their rows, and whether they still work."""

import json
import re
from typing import Any

from tests.support.cli import Cli

END = re.compile(
    r"The token expires at [0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{5} UTC\. "
    r"Choose another end with --expires 30d, or --never\.\n"
)
MINT = ("token", "mint", "--preset", "filer")


def minted(run: Cli, *flags: str, name: str = "portal") -> dict[str, Any]:
    """A new token's row, with the token."""
    ran = run(*MINT, "--name", name, *flags, "--json")
    assert (ran.code, without_end(ran.stderr)) == (0, "")
    row: dict[str, Any] = json.loads(ran.stdout)
    return row


def without_end(told: str) -> str:
    """What is told of a new token, but for the end that it has by default."""
    return END.sub("", told)


def works(run: Cli, token: str) -> bool:
    """Whether a token is accepted: its own row is what any live token may see."""
    file = run.folder / "probe"
    file.touch(mode=0o600)
    file.write_text(token)
    base_url = run("profile", "show").stdout.split("\t")[1]
    ran = run("token", "view", "--self", "--base-url", base_url, "--token-file", str(file))
    assert ran.code in (0, 4)
    return ran.code == 0


def row_of(run: Cli, token_id: int) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(run("token", "view", str(token_id), "--json").stdout)
    return row
