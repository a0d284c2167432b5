"""The body of a ticket, a response or an e-mail: from a flag, a file or the user's editor.

Rules: the editor opens after all other flags are checked. The draft stays on the disk until the
server has confirmed the request.
"""

import html
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.read import read_text
from tickiti_cli.runtime import Runtime


class BodyFormat(StrEnum):
    """The markup of a body."""

    TEXT = "text"
    MD = "md"
    HTML = "html"
    PRE = "pre"
    """Text with aligned columns: a table, a log."""


SUFFIXES = {
    BodyFormat.TEXT: "txt",
    BodyFormat.MD: "md",
    BodyFormat.HTML: "html",
    BodyFormat.PRE: "txt",
}
"""The suffix of the draft's file name, by which an editor chooses its syntax."""

MISSING = "--body TEXT, --body-file FILE or --editor"


class BodySource(NamedTuple):
    """The flags that give a body: exactly one for the text, and the attached images."""

    text: str | None
    file: str | None
    in_editor: bool
    kind: BodyFormat
    attached: Sequence[str] | None = None

    @property
    def is_given(self) -> bool:
        return bool(self._texts or self.attached)

    @property
    def _texts(self) -> int:
        return [self.text is not None, self.file is not None, self.in_editor].count(True)

    def html(self, runtime: Runtime) -> str | None:
        """The body as HTML; None if no flag gives one. Raises UsageProblem."""
        if self._texts > 1:
            raise UsageProblem("Give one of --body, --body-file and --editor.")
        if not self.attached:
            return self._content(runtime)
        from tickiti_cli.input.images import images_of, with_images  # noqa: PLC0415 - rare

        images = images_of(self.attached)
        return with_images(self._content(runtime), images)

    def _content(self, runtime: Runtime) -> str | None:
        text, flag = self.text, "--body"
        if self.file is not None:
            flag = f"--body-file {self.file}"
            text = read_text(self.file, flag=flag)
        if text is not None and not text.strip() and not self.attached:
            raise _empty(flag)
        if self.in_editor:
            text = _typed(runtime, self.kind)
        return None if text is None else content_of(text, self.kind)


def _empty(flag: str) -> UsageProblem:
    # A pipe is empty when the command before it fails: a ticket would be closed without a word.
    is_pipe = flag.endswith(" -")
    hint = "Check the command before the pipe." if is_pipe else "Leave the flag out for no body."
    return UsageProblem(f"{flag}: the text is empty.", hint=hint)


def content_of(text: str, kind: BodyFormat) -> str:
    """The text as HTML, by its markup."""
    if kind is BodyFormat.MD:
        from tickiti_cli.input.markdown import html_of_markdown  # noqa: PLC0415 - rare

        return html_of_markdown(text)
    if kind is BodyFormat.PRE:
        return preformatted(text)
    return text if kind is BodyFormat.HTML else html_of(text)


def html_of(text: str) -> str:
    """Plain text as HTML: `& < > " '` escaped, then every CRLF, CR or LF as `<br>`.

    The rule never changes, because a retry must send the same bytes.
    """
    escaped = html.escape(text, quote=True)
    return escaped.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")


def preformatted(text: str) -> str:
    """Plain text as HTML that keeps every blank, TAB and line break.

    A browser drops the line break behind <pre>, so that this one is not part of the text. The rule
    never changes, because a retry must send the same bytes.
    """
    escaped = html.escape(text, quote=True).replace("\r\n", "\n").replace("\r", "\n")
    return f"<pre>\n{escaped}</pre>"


def _typed(runtime: Runtime, kind: BodyFormat) -> str:
    """The text that the user writes in an editor, without the line break that editors add."""
    if not runtime.may_ask:
        raise UsageProblem(
            "--editor needs a terminal.", hint="Without one: --body TEXT or --body-file FILE"
        )
    _ = runtime.client  # raises without a server, before the user types a long text
    from tickiti_cli.input import editor  # noqa: PLC0415 - few bodies are typed

    draft = editor.draft("", f"body.{SUFFIXES[kind]}")
    text = editor.edit(draft, runtime.environ).strip("\r\n")
    if not text.strip():
        editor.discard(draft)
        raise UsageProblem("The text is empty; nothing was sent.")
    runtime.draft = draft
    return text
