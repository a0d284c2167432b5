"""No command waits for what nobody will type."""

import os
import subprocess
import time

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_command import PATHS

SECONDS = 10
COMPLETE = {
    "ticket create": ("--from", "a@b.example", "-s", "x", "-b", "y"),
    "ticket respond": ("220009", "--from", "a@b.example", "-b", "y"),
    "ticket view": ("220009",),
    "token mint": ("--name", "x", "--preset", "filer"),
    "token view": ("--self",),
    "token rotate": ("no such token",),
    "token revoke": ("1",),
    "auth login": ("--base-url", "http://127.0.0.1:9"),
    "profile use": ("local",),
    "api": ("--list",),
    "server wait-ready": ("--timeout", "0"),
}
"""What makes a command run instead of naming the flag it lacks."""


@pytest.mark.parametrize("path", [path for path in PATHS if path != "server start"])
def test_a_silent_standard_input_holds_no_command(local: Cli, path: str) -> None:
    """Its other end stays open and says nothing: what a job runner gives its jobs."""
    reader, writer = os.pipe()
    began = time.monotonic()
    try:
        done = subprocess.run(
            local.command([*path.split(), *COMPLETE.get(path, ())]),
            stdin=reader,
            capture_output=True,
            env=local.environ({}),
            cwd=local.folder,
            timeout=SECONDS,
            check=False,
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert time.monotonic() - began < SECONDS
    assert done.returncode in (0, 2, 6, 13)
    assert b"a bug" not in done.stderr
