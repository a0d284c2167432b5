"""What a ticket, a response or an e-mail says: from a flag, a file or the user's editor.

The rule of this file: an editor opens once everything else is known to be right, and what was typed
in it is there until it has arrived.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tickiti_cli import editor
from tickiti_cli.errors import UsageProblem
from tickiti_cli.inputs import read_text
from tickiti_cli.options import BodyFormat, content_of
from tickiti_cli.pictures import images_of, with_images
from tickiti_cli.runtime import Runtime

SUFFIXES = {
    BodyFormat.TEXT: "txt",
    BodyFormat.MD: "md",
    BodyFormat.HTML: "html",
    BodyFormat.PRE: "txt",
}
"""By them an editor knows what it shows."""

MISSING = "--body TEXT, --body-file FILE or --editor"


class Written(NamedTuple):
    """The flags that say it, of which one gives the text, and the images at its end."""

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
        """The HTML of it; None where no flag gives any. Raises UsageProblem."""
        if self._texts > 1:
            raise UsageProblem("Give one of --body, --body-file and --editor.")
        images = images_of(self.attached)
        text = self.text
        if self.file is not None:
            text = read_text(self.file, flag=f"--body-file {self.file}")
        if self.in_editor:
            text = _typed(runtime, self.kind)
        return with_images(None if text is None else content_of(text, self.kind), images)


def _typed(runtime: Runtime, kind: BodyFormat) -> str:
    """What a person writes now, without the line's end that editors add."""
    if not runtime.may_ask:
        raise UsageProblem(
            "--editor needs a terminal.", hint="Without one: --body TEXT or --body-file FILE"
        )
    _ = runtime.client  # no server to send it to: said before anybody types
    draft = editor.draft("", f"body.{SUFFIXES[kind]}")
    text = editor.edit(draft, runtime.environ).strip("\r\n")
    if not text.strip():
        editor.discard(draft)
        raise UsageProblem("The text is empty: nothing was sent.")
    runtime.draft = draft
    return text
