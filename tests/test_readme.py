"""The README's commands, pasted in order into a terminal, print what the README shows."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGING = {
    "MOMENT": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}[^ ,.]*( UTC)?"),
    "127.0.0.1:PORT": re.compile(r"127\.0\.0\.1:[0-9]+"),
    "AGE": re.compile(r"\b(now|[0-9]+ (s|min) ago)\b"),
}
STATUS = re.compile(r"[^\n]*\r\x1b\[2K")
"""A line that a later one has replaced."""

COLUMNS = 100
PATIENCE = 60.0


def sessions() -> list[tuple[str, str]]:
    """Each command that is shown behind a dollar sign, with the output that is shown below it."""
    found: list[tuple[str, str]] = []
    for language, block in BLOCK.findall(README.read_text()):
        if language:
            continue
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown.rstrip("\n")))
    return found


def test_readme_commands_print_the_shown_output(tmp_path: Path) -> None:
    environ = environ_of(tmp_path)

    def paste(command: str) -> str:
        # The port that everybody's first server gets may be taken here.
        return on_terminal(
            command.replace("server start", "server start --port 0"), environ, tmp_path
        )

    try:
        told = [(command, paste(command)) for command, _ in sessions()]
    finally:
        paste("tickiti server stop")
    assert [anonymous(output) for _, output in told] == [
        anonymous(shown) for _, shown in sessions()
    ]
    assert len(told) > 10


def test_admin_tour_works_on_a_server_of_the_vendors_routes_alone(tmp_path: Path) -> None:
    """As on an install: everything under /_tickiti/ but health is 404."""
    _, _, section = README.read_text().partition("## The admin's tour\n")
    tour = [line[2:] for line in section.partition("\n## ")[0].splitlines() if line[:2] == "$ "]
    environ = environ_of(tmp_path)

    def paste(command: str) -> tuple[int, str]:
        command = command.replace("server start", "server start --port 0 --demo --vendor-only")
        done = subprocess.run(
            ["/bin/sh", "-c", command], env=environ, cwd=tmp_path, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout.decode()

    *tour, stop = tour
    assert len(tour) > 8
    try:
        ran = {command: paste(command) for command in tour}
        assert {command: output for command, (code, output) in ran.items() if code} == {}
        _, queues = paste("tickiti queue list --fields name")
        assert "Old orders" not in queues.splitlines()
        assert paste("tickiti token view auditor --fields allowed_ip") == (0, "192.0.2.7\n")
        assert paste("tickiti server requests")[0] == 15
    finally:
        paste(stop)


def environ_of(home: Path) -> dict[str, str]:
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "NO_COLOR": "1",
    }


def on_terminal(command: str, environ: dict[str, str], folder: Path) -> str:
    """What a terminal shows in the end."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    process = subprocess.Popen(
        ["/bin/sh", "-c", command], stdin=follower, stdout=follower, stderr=follower,
        env=environ, cwd=folder, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    screen = b""
    with suppress(OSError):  # Linux's way to say that the other side is closed
        while select.select([leader], [], [], PATIENCE)[0]:
            screen += os.read(leader, 65536)
    os.close(leader)
    process.wait(PATIENCE)
    return STATUS.sub("", screen.decode().replace("\r\n", "\n")).rstrip("\n")


def anonymous(text: str) -> str:
    """Without what differs from run to run."""
    for name, pattern in CHANGING.items():
        text = pattern.sub(name, text)
    return re.sub(r"sample files to .*", "sample files to DIR.", text)
