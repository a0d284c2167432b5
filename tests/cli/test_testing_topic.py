"""The examples of `tickiti help testing` work when they are pasted, in the order of the text."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.cli import Cli
from tickiti_cli.reference.manual import blocks
from tickiti_cli.reference.manual.blocks import Literal
from tickiti_cli.reference.manual.entries import tables

SCRIPTS = [
    "\n".join(block.lines)
    for block in blocks.read("testing", tables())
    if isinstance(block, Literal) and not block.lines[0].startswith("def ")
]
"""The commands; the program in Python is that of examples/shop, which has tests of its own."""


def test_the_examples_of_the_topic_work_when_pasted(run: Cli) -> None:
    assert SCRIPTS
    script = "set -e\n" + "\n".join(SCRIPTS)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", script],
            capture_output=True,
            text=True,
            env=run.environ({"PATH": path}),
            cwd=run.folder,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=110,
        )
        assert (done.returncode, "tickiti:" in done.stderr) == (0, False), done.stderr
    finally:
        run("server", "stop", "--name", "test")
