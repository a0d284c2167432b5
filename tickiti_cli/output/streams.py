"""Standard input, output and error, and what kind of thing is at their other end."""

import io
import os
import re
import select
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO

from tickiti_cli.errors import OutputLost

# ESC sequences (CSI, OSC up to BEL or ST, two-character ones) first, then every other control.
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-_]?|\x9b[0-?]*[ -/]*[@-~]"
)
_ERASE = "\r\x1b[2K"
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


# A match begins where its digits begin, and keeps them (++): a text of digits alone is read once,
# not once from each of them. The bar may be escaped as in a URL, also twice, or as in JSON.
_ID = r"(?<![0-9])[0-9]++(?:\||%(?:25)*+7[Cc]|\\u007[Cc])"
_TOKENS = re.compile(
    rf"(?:{_ID})?tkt_[0-9A-Za-z]{{8,}}|{_ID}[0-9A-Za-z]{{16,}}|(?<=Bearer )[^\s\"'$]+"
)
"""A minted one; one of a vendor's install; whatever stands where one would."""


def redacted(text: str) -> str:
    """Text without the tokens in it, whoever put them there; the time grows with its length."""
    return _TOKENS.sub("[token]", text)


def harmless(text: str) -> str:
    """Text from elsewhere without anything a terminal would obey; line breaks and tabs stay."""
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


class Streams:
    """The process's three streams. A test's double is three files."""

    def __init__(
        self,
        stdin: TextIO | None,
        stdout: TextIO | None,
        stderr: TextIO | None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.environ = environ
        self._status = ""
        """The line at the end of a terminal's standard error that is written anew each time."""

    @classmethod
    def of_the_process(cls) -> "Streams":
        return cls(sys.stdin, sys.stdout, sys.stderr)

    def settle(self) -> None:
        """Let every text be written: no character a server sends is a reason to fail.

        In a pipe the encoding is UTF-8 whatever the locale. A lone surrogate becomes its escape,
        which in JSON means that very surrogate.
        """
        if isinstance(self.stdin, io.TextIOWrapper):
            # An answer that is not text is a wrong answer, not an error of reading.
            self.stdin.reconfigure(errors="surrogateescape")
        for stream in (self.stdout, self.stderr):
            if isinstance(stream, io.TextIOWrapper):
                encoding = None if self.is_terminal(stream) else "utf-8"
                stream.reconfigure(encoding=encoding, errors="backslashreplace")

    def is_terminal(self, stream: TextIO | None) -> bool:
        return stream is not None and not stream.closed and stream.isatty()

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer: both the question and the answer need a terminal."""
        return self.is_terminal(self.stdin) and self.is_terminal(self.stderr)

    @property
    def input_bytes(self) -> BinaryIO | None:
        return None if self.stdin is None or self.stdin.closed else self.stdin.buffer

    def write(self, text: str) -> None:
        """Data, to standard output."""
        if self.stdout is not None:
            with _named_loss():
                self.stdout.write(text)

    def write_bytes(self, content: bytes) -> None:
        """Data that is no text, to standard output."""
        if self.stdout is not None:
            with _named_loss():
                self.stdout.buffer.write(content)

    def remark(self, line: str) -> None:
        """Anything else, a line to standard error; that nobody can read it is no failure.

        All that is ever said there comes by here, and no token comes through.
        """
        line = redacted(line)
        if self.stderr is None or self.stderr.closed:
            return
        try:
            status = self._status
            self.stderr.write(f"{_ERASE}{line}\n{status}" if status else f"{line}\n")
            self.stderr.flush()
        except OSError:
            # What could not be written would be tried again at the end, and change the exit code.
            give_up(self.stderr)

    def show_status(self, line: str) -> None:
        """Put it in the place of the one before; an empty one leaves nothing."""
        self._status = harmless(line)
        if self.stderr is not None and not self.stderr.closed:
            with suppress(OSError):
                self.stderr.write(f"{_ERASE}{self._status}")
                self.stderr.flush()

    def pause(self, seconds: float) -> None:
        """Sleep. Raises BrokenPipeError when the reader of standard output goes away meanwhile,
        as a write would: who follows a quiet log behind `head` has nothing to write."""
        if self.stdout is None or self.stdout.closed:
            time.sleep(seconds)
            return
        watched = select.poll()
        watched.register(self.stdout.fileno(), 0)
        if watched.poll(seconds * 1000):
            raise BrokenPipeError

    def flush(self) -> None:
        if self.stdout is not None:
            with _named_loss():
                self.stdout.flush()


def open_missing_descriptors() -> None:
    """Started with a closed stdout, the next socket would take its number, and its output."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def give_up(stream: TextIO) -> None:
    """Let what was and what will be written to it vanish."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextmanager
def _named_loss() -> Iterator[None]:
    """A reader that went away is no failure; a full disk is."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost.because(error) from error
