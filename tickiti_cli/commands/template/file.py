"""A template as a file: `identifier.html`, a TOML header between `+++` lines, then the content.

Rule: an error names the file and the line, and is raised before a request is sent.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tickiti_cli.contract.errors import TemplateSyntax
from tickiti_cli.contract.placeholders import parse
from tickiti_cli.contract.vocabulary import TemplateType
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.toml_text import members_of
from tickiti_cli.input.read import read_text
from tickiti_cli.suggest import nearest, none_of

SUFFIX = ".html"
FENCE = "+++"
TYPES = tuple(kind.value for kind in TemplateType)
HEADER: Mapping[str, Any] = {
    "type": None, "subject": "", "category": "", "subcategory": "", "enabled": True,
}  # fmt: skip
"""The members of the header with their defaults; `type` has none and must be given."""

# Names that some file system refuses or hides: a checkout may land on any of them.
_NO_NAME = re.compile(
    r"^\.|[\x00-\x1f\x7f/\\<>:\"|?*]|[ .]$|^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)",
    re.IGNORECASE,
)
_MOST_NAME_BYTES = 255
_INVISIBLE = "\ufeff\u200b\u200e"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The content of a template's file. Texts are trimmed, as the server trims them."""

    identifier: str
    type: str
    subject: str
    category: str
    subcategory: str
    enabled: bool
    content: str

    @classmethod
    def of(cls, template: Mapping[str, Any]) -> "File":
        """Make the file of a template that the server has shown."""
        return cls(
            identifier=template["identifier"],
            type=template["type"],
            enabled=bool(template.get("is_enabled", True)),
            **{name: _trimmed(template.get(name) or "") for name in _TEXTS},
        )

    @property
    def members(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*HEADER, "content")}

    @property
    def request(self) -> dict[str, Any]:
        """The members as a request has them."""
        members = self.members
        members["is_enabled"] = members.pop("enabled")
        return members

    @property
    def text(self) -> str:
        """The whole file. Members with their default are left out."""
        import tomli_w

        header = {name: value for name, value in self.members.items() if name in HEADER}
        told = {name: value for name, value in header.items() if value != HEADER[name]}
        return f"{FENCE}\n{tomli_w.dumps(told)}{FENCE}\n{self.content}\n"


_TEXTS = ("subject", "category", "subcategory", "content")


def read(path: Path) -> File:
    """Read a template's file. Raises UsageProblem for an invalid file."""
    if any("\ud800" <= sign <= "\udfff" for sign in path.name):
        raise UsageProblem(f"{path}: the file name is not UTF-8 text.")
    lines = read_text(str(path), flag=str(path)).replace("\r\n", "\n").split("\n")
    fences = [at for at, line in enumerate(lines) if line.rstrip() == FENCE][:2]
    if fences[:1] != [0]:
        raise UsageProblem(f"{path}:1: a template file must start with a line {FENCE}.")
    if len(fences) < 2:
        raise UsageProblem(f"{path}:1: the header must end with a line {FENCE}.")
    end = fences[1]
    header = _header(path, lines[1:end])
    content = "\n".join(lines[end + 1 :])
    _refuse_syntax(path, header["subject"], first=_line_of("subject", lines[1:end]))
    _refuse_syntax(path, content, first=end + 2)
    texts = {name: _trimmed(header[name]) for name in _TEXTS if name in header}
    return File(
        identifier=unicodedata.normalize("NFC", path.name.removesuffix(SUFFIX)),
        content=_trimmed(content),
        **{**header, **texts},
    )


def refuse_bad_names(identifiers: Iterable[str]) -> None:
    """Raise UsageProblem for identifiers that are not file names, or name one file on some file
    system."""
    seen: dict[str, str] = {}
    for identifier in sorted(identifiers):
        size = len(f"{identifier}{SUFFIX}".encode())
        if _NO_NAME.search(identifier) or size > _MOST_NAME_BYTES:
            raise UsageProblem(
                f"Template '{identifier}' cannot be saved: its identifier is not a valid file"
                " name.",
                hint="Rename it: tickiti template edit ID --identifier NAME",
            )
        other = seen.setdefault(unicodedata.normalize("NFC", identifier).casefold(), identifier)
        if other != identifier:
            raise UsageProblem(
                f"Templates '{other}' and '{identifier}' would share one file on a case-insensitive"
                " file system.",
                hint="Rename one: tickiti template edit ID --identifier NAME",
            )


def _header(path: Path, lines: list[str]) -> dict[str, Any]:
    try:
        found = members_of("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem(f"{path}: {_with_file_line(str(error))}.") from None
    for name, value in found.items():
        line = _line_of(name, lines)
        if name not in HEADER:
            known = ", ".join(HEADER)
            raise UsageProblem(
                f"{path}:{line}: unknown field '{name}' (known: {known}).{nearest(name, HEADER)}"
            )
        wanted = bool if name == "enabled" else str
        if not isinstance(value, wanted):
            kind = "true or false" if wanted is bool else "a quoted string"
            raise UsageProblem(f"{path}:{line}: {name} must be {kind}.")
    if found.get("type") not in TYPES:
        line = _line_of("type", lines)
        if not found.get("type"):
            raise UsageProblem(f"{path}:{line}: type must be one of {', '.join(TYPES)}.")
        kind = found["type"]
        raise UsageProblem(f"{path}:{line}: type '{kind}' is not {none_of(kind, TYPES)}.")
    return {**HEADER, **found}


def _refuse_syntax(path: Path, text: str, *, first: int) -> None:
    """Raise UsageProblem for a broken placeholder. `first` is the line of the file on which the
    text begins."""
    try:
        parse(text, field="content")
    except TemplateSyntax as error:
        raise UsageProblem(f"{path}:{first + error.line - 1}: {error.problem}.") from None


def _line_of(name: str, lines: list[str]) -> int:
    """Return the line of a header's member in the file, or the line of the fence where the member
    is missing."""
    begins = re.compile(rf"\s*[\"'\[]*{re.escape(name)}[\"'\]]*\s*[=.\]]")
    return next((at for at, line in enumerate(lines, start=2) if begins.match(f"{line} =")), 1)


def _with_file_line(problem: str) -> str:
    """Add one to the line that a TOML error names, because a fence stands before the header."""
    return re.sub(r"at line ([0-9]+)", lambda found: f"at line {int(found[1]) + 1}", problem)


def _trimmed(text: str) -> str:
    return text.replace("\r\n", "\n").strip().strip(_INVISIBLE).strip()
