"""The README is pasted: each command of it, in its order, says what it says there."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+00:00")
PORT = re.compile(r"127\.0\.0\.1:[0-9]+")


def sessions() -> list[tuple[str, str]]:
    """Each command that is shown behind a dollar sign, with the output that is shown below it."""
    found: list[tuple[str, str]] = []
    for block in BLOCK.findall(README.read_text()):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown.rstrip("\n")))
    return found


def test_the_tour_says_what_the_readme_shows(tmp_path: Path) -> None:
    environ = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
    }

    def paste(command: str) -> str:
        # The port that everybody's first server gets may be taken here.
        command = command.replace("server start", "server start --port 0")
        done = subprocess.run(
            ["/bin/sh", "-c", command], env=environ, cwd=tmp_path, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False,
        )  # fmt: skip
        return done.stdout.decode().rstrip("\n")

    try:
        told = [(command, paste(command)) for command, _ in sessions()]
    finally:
        paste("tickiti server stop")
    assert [anonymous(output) for _, output in told] == [
        anonymous(shown) for _, shown in sessions()
    ]
    assert len(told) > 10


def anonymous(text: str) -> str:
    """Without what differs from run to run."""
    return PORT.sub("127.0.0.1:PORT", TIME.sub("TIME", text))
