"""The flags that give the body of a ticket, a response or an e-mail."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from tickiti_cli.input.body import BodyFormat, BodySource
from tickiti_cli.parser import options
from tickiti_cli.runtime import Runtime

if TYPE_CHECKING:
    from tickiti_cli.input.attached_files import AttachedFiles

From = Annotated[
    str | None,
    typer.Option("--from", metavar="EMAIL", help="Requester's e-mail address (@me: yours)"),
]
Body = Annotated[str | None, typer.Option("--body", "-b", metavar="TEXT", help="Body text")]
BodyFile = Annotated[
    str | None,
    typer.Option("--body-file", metavar="FILE", help='Read the body from FILE ("-" for stdin)'),
]
BodyKind = Annotated[
    BodyFormat,
    typer.Option(
        "--body-format",
        metavar="text|md|html|pre",
        help="Body format: text, md (Markdown), html, or pre for preformatted text",
    ),
]
Editor = Annotated[bool, typer.Option("--editor", help="Write the body in $VISUAL or $EDITOR")]
Internal = Annotated[bool, typer.Option("--internal", help="Post as an internal note")]
Attach = Annotated[
    list[str] | None,
    typer.Option(metavar="FILE[=NAME]", help="Attach a file; images appear in the body"),
]
Upload = Annotated[
    list[str] | None,
    typer.Option(
        "--file", metavar="FILE[=NAME]", help="Attach a file; images do not appear in the body"
    ),
]


def sender_of(runtime: Runtime, given: str | None) -> str:
    """Return the address of --from, with that of the token's owner for `@me`, else the profile's.

    Raises UsageProblem.
    """
    if given == "@me":
        from tickiti_cli.input.author import person_of  # noqa: PLC0415 - rare

        return person_of(runtime, given, "--from")
    return options.sender_of(runtime, given)


class BodyFlags(NamedTuple):
    """The flags that give the text; each field has the name of its flag."""

    body: Body = None
    body_file: BodyFile = None
    editor: Editor = False
    body_format: BodyKind = BodyFormat.TEXT

    def source(self, embedded: Sequence[str] | None = None) -> BodySource:
        """Return the body with the images that are part of it."""
        return BodySource(
            self.body, self.body_file, in_editor=self.editor, kind=self.body_format,
            attached=embedded,
        )  # fmt: skip


class FileFlags(NamedTuple):
    """The flags that attach files; each field has the name of its flag."""

    attach: Attach = None
    file: Upload = None

    def read(self) -> "AttachedFiles | None":
        """Read the files; None without any. Raises UsageProblem, which names the flag."""
        if not (self.attach or self.file):
            return None
        from tickiti_cli.input.attached_files import AttachedFiles  # noqa: PLC0415 - rare

        return AttachedFiles.of(self.attach or (), self.file or ())
