"""Standard input, output and error, and whether a terminal is at their other end."""

import io
import os
import re
import select
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TextIO

from tickiti_cli.control_characters import strip_controls
from tickiti_cli.errors import OutputLost, UsageProblem

_ERASE = "\r\x1b[2K"


# A match begins at the first digit and does not backtrack (++), so that a text of digits alone is
# read once, not once from each digit. The bar may be escaped as in a URL, also twice, or in JSON.
_ID = r"(?<![0-9])[0-9]++(?:\||%(?:25)*+7[Cc]|\\u007[Cc])"
_TOKENS = re.compile(
    rf"(?:{_ID})?tkt_[0-9A-Za-z]{{8,}}|{_ID}[0-9A-Za-z]{{16,}}|(?<=Bearer )[^\s\"'$]+"
)
"""A minted token, a token of a vendor's install, or any word behind `Bearer`."""


def redact_tokens(text: str) -> str:
    """The text with `[token]` in place of each token, in time linear in the text's length."""
    return _TOKENS.sub("[token]", text)


_COPIED = re.compile(r"`[^`]*`|(?<=: )tickiti .*|'[^']{1,60}'")
"""A part of a message that users copy: a command, a value."""

_TIE = "\N{NO-BREAK SPACE}"


def wrapped(line: str, width: int | None) -> list[str]:
    """The line as a terminal of this width shows it: no word is broken, nor a command to copy. A
    text of several lines is laid out already."""
    if width is None or len(line) <= width or "\n" in line:
        return [line]
    import textwrap  # noqa: PLC0415 - only for a long message at a terminal

    whole = _COPIED.sub(lambda found: found[0].replace(" ", _TIE), line)
    parts = textwrap.wrap(
        whole, width, replace_whitespace=False, break_long_words=False, break_on_hyphens=False
    )
    return [part.replace(_TIE, " ") for part in parts]


class Streams:
    """The three standard streams of the process. A test passes three files."""

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
        self.is_at_end = False
        """True once a person has closed the input, as Ctrl-D does: nothing more can be asked."""

        self._status = ""
        """The progress line: the last line of a terminal's standard error, rewritten each time."""

    @classmethod
    def of_the_process(cls) -> "Streams":
        return cls(sys.stdin, sys.stdout, sys.stderr)

    def settle(self) -> None:
        """Set the encodings so that every character of a server can be written.

        A pipe gets UTF-8, regardless of the locale. A lone surrogate becomes its escape, which
        in JSON means the same surrogate.
        """
        if isinstance(self.stdin, io.TextIOWrapper):
            # Bytes that are not text make a wrong answer to a prompt, not a traceback.
            self.stdin.reconfigure(errors="surrogateescape")
        for stream in (self.stdout, self.stderr):
            if isinstance(stream, io.TextIOWrapper):
                encoding = None if self.is_terminal(stream) else "utf-8"
                stream.reconfigure(encoding=encoding, errors="backslashreplace")

    def is_terminal(self, stream: TextIO | None) -> bool:
        return stream is not None and not stream.closed and stream.isatty()

    @property
    def error_width(self) -> int | None:
        """The columns of the terminal that messages go to; None where they go elsewhere, or where
        the terminal does not tell its width."""
        return self._width(self.stderr)

    def _width(self, stream: TextIO | None) -> int | None:
        if stream is None or not self.is_terminal(stream):
            return None
        return os.get_terminal_size(stream.fileno()).columns or None

    def fitted(self, text: str) -> str:
        """A text for standard output, with its lines broken as its terminal shows them."""
        width = self._width(self.stdout)
        return "\n".join(part for line in text.split("\n") for part in wrapped(line, width))

    @property
    def can_ask(self) -> bool:
        """Whether a person can answer: the question and the answer both need a terminal."""
        return self.is_terminal(self.stdin) and self.is_terminal(self.stderr)

    def write(self, text: str) -> None:
        """Write data to standard output. Raises OutputLost."""
        if self.stdout is not None:
            with _named_loss():
                self.stdout.write(text)

    def write_bytes(self, content: bytes) -> None:
        """Write binary data to standard output. Raises OutputLost."""
        if self.stdout is not None:
            with _named_loss():
                self.stdout.buffer.write(content)

    def remark(self, line: str) -> None:
        """Write a line to standard error, without tokens. A lost line is not an error.

        Rule: every line on standard error goes through this method.
        """
        line = "\n".join(wrapped(redact_tokens(line), self.error_width))
        if self.stderr is None or self.stderr.closed:
            return
        try:
            status = self._status
            self.stderr.write(f"{_ERASE}{line}\n{status}" if status else f"{line}\n")
            self.stderr.flush()
        except OSError:
            # Python flushes again at exit; a second failure would change the exit code.
            give_up(self.stderr)

    def ask(self, question: str) -> str:
        """Write a question for a person and return the line that is typed. Raises UsageProblem at
        the end of the input."""
        if self.stderr is not None:
            self.stderr.write(redact_tokens(question))
            self.stderr.flush()
        return self._answered(self.stdin.readline() if self.stdin else "")

    def ask_secret(self, question: str) -> str:
        """Asks as `ask` does, for a line that is not shown while it is typed."""
        from getpass import getpass  # noqa: PLC0415 - few commands ask

        try:
            return self._answered(f"{getpass(question)}\n")
        except EOFError:
            return self._answered("")

    def _answered(self, line: str) -> str:
        if not line:
            self.is_at_end = True
            raise UsageProblem("The input ended before the question was answered.")
        return line.strip()

    def show_status(self, line: str) -> None:
        """Replace the progress line. An empty line removes it."""
        self._status = strip_controls(line)
        if self.stderr is not None and not self.stderr.closed:
            with suppress(OSError):
                self.stderr.write(f"{_ERASE}{self._status}")
                self.stderr.flush()

    def pause(self, seconds: float) -> None:
        """Sleep. Raises BrokenPipeError, as a write does, when standard output's reader ends.

        Otherwise a command that follows a quiet log behind `head` would never end.
        """
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
    """Open /dev/null for each missing standard descriptor.

    Otherwise the next socket gets the number of a closed stdout, and the command's output.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)


def give_up(stream: TextIO) -> None:
    """Point the stream at /dev/null, so that buffered and later writes are dropped."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextmanager
def _named_loss() -> Iterator[None]:
    """Raises OutputLost for a write that failed. A reader that ended stays a BrokenPipeError."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost.because(error) from error
