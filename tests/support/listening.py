"""`tickiti callback listen` as a process of a test's own."""

import subprocess

from tests.support.cli import Cli, Ran
from tests.support.waiting import PATIENCE_SECONDS


class Heard:
    """`callback listen` as a process, and where it listens."""

    def __init__(self, cli: Cli, *flags: str) -> None:
        words = ("callback", "listen", "--port", "0", *flags)
        self.process = subprocess.Popen(
            cli.command(words), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, env=cli.environ({}), cwd=cli.folder,
        )  # fmt: skip
        assert self.process.stderr is not None
        self.url = self.process.stderr.readline().decode().split()[-1]

    def end(self) -> Ran:
        stdout, stderr = self.process.communicate(timeout=PATIENCE_SECONDS)
        return Ran(self.process.returncode, stdout.decode(), stderr.decode())
