"""A template as a file: `identifier.html`, a TOML header between `+++` lines, then the content.

The rule of this file: what is wrong is named by file and line, before anything is sent.
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
from tickiti_cli.errors import UsageProblem
from tickiti_cli.inputs import read_text
from tickiti_cli.nearest import nearest, none_of

SUFFIX = ".html"
FENCE = "+++"
TYPES = ("email", "notification", "intervention", "faq")
HEADER: Mapping[str, Any] = {
    "type": None, "subject": "", "category": "", "subcategory": "", "enabled": True,
}  # fmt: skip
"""The header's members and what they are where they are left out; a type there must be."""

# What some file system refuses or hides; a folder under version control visits them all.
_NO_NAME = re.compile(
    r"^\.|[\x00-\x1f\x7f/\\<>:\"|?*]|[ .]$|^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)",
    re.IGNORECASE,
)
_MOST_NAME_BYTES = 255
_INVISIBLE = "\ufeff\u200b\u200e"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What a template's file says. Texts are trimmed, as the server trims them."""

    identifier: str
    type: str
    subject: str
    category: str
    subcategory: str
    enabled: bool
    content: str

    @classmethod
    def of(cls, template: Mapping[str, Any]) -> "File":
        """From a template as the server shows it."""
        return cls(
            identifier=template["identifier"],
            type=template["type"],
            enabled=bool(template.get("enabled", True)),
            **{name: _trimmed(template.get(name) or "") for name in _TEXTS},
        )

    @property
    def members(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*HEADER, "content")}

    @property
    def text(self) -> str:
        """The whole file; members that are as usual are left out."""
        import tomli_w

        header = {name: value for name, value in self.members.items() if name in HEADER}
        told = {name: value for name, value in header.items() if value != HEADER[name]}
        return f"{FENCE}\n{tomli_w.dumps(told)}{FENCE}\n{self.content}\n"


_TEXTS = ("subject", "category", "subcategory", "content")


def read(path: Path) -> File:
    """Raises UsageProblem for what cannot be a template."""
    lines = read_text(str(path), flag=str(path)).replace("\r\n", "\n").split("\n")
    fences = [at for at, line in enumerate(lines) if line.rstrip() == FENCE][:2]
    if fences[:1] != [0]:
        raise UsageProblem(f"{path}:1: a template's file begins with a line {FENCE}.")
    if len(fences) < 2:
        raise UsageProblem(f"{path}:1: the header has no second line {FENCE}.")
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
    """Raise UsageProblem for identifiers that cannot be files beside each other everywhere."""
    seen: dict[str, str] = {}
    for identifier in sorted(identifiers):
        size = len(f"{identifier}{SUFFIX}".encode())
        if _NO_NAME.search(identifier) or size > _MOST_NAME_BYTES:
            raise UsageProblem(
                f"The template '{identifier}' cannot be a file: its identifier is no file name.",
                hint="Rename it: tickiti template edit ID --identifier NAME",
            )
        other = seen.setdefault(unicodedata.normalize("NFC", identifier).casefold(), identifier)
        if other != identifier:
            raise UsageProblem(
                f"The templates '{other}' and '{identifier}' would be one file where names have"
                " no case.",
                hint="Rename one: tickiti template edit ID --identifier NAME",
            )


def _header(path: Path, lines: list[str]) -> dict[str, Any]:
    try:
        found = tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as error:
        raise UsageProblem(f"{path}: {_shifted(str(error))}.") from None
    for name, value in found.items():
        line = _line_of(name, lines)
        if name not in HEADER:
            known = ", ".join(HEADER)
            raise UsageProblem(
                f"{path}:{line}: there is no member '{name}' (known: {known})."
                f"{nearest(name, HEADER)}"
            )
        wanted = bool if name == "enabled" else str
        if not isinstance(value, wanted):
            kind = "true or false" if wanted is bool else "a text in quotation marks"
            raise UsageProblem(f"{path}:{line}: {name} must be {kind}.")
    if found.get("type") not in TYPES:
        line = _line_of("type", lines)
        if not found.get("type"):
            raise UsageProblem(f"{path}:{line}: type must be one of {', '.join(TYPES)}.")
        kind = found["type"]
        raise UsageProblem(f"{path}:{line}: type '{kind}' is not {none_of(kind, TYPES)}.")
    return {**HEADER, **found}


def _refuse_syntax(path: Path, text: str, *, first: int) -> None:
    """`first` is the file's line that the text begins with."""
    try:
        parse(text, field="content")
    except TemplateSyntax as error:
        raise UsageProblem(f"{path}:{first + error.line - 1}: {error.problem}.") from None


def _line_of(name: str, lines: list[str]) -> int:
    """The file's line of a member of its header; that of the fence where it is not found."""
    begins = re.compile(rf"\s*[\"'\[]*{re.escape(name)}[\"'\]]*\s*[=.\]]")
    return next((at for at, line in enumerate(lines, start=2) if begins.match(f"{line} =")), 1)


def _shifted(problem: str) -> str:
    """A problem of the TOML with the line of the file, which has a fence before it."""
    return re.sub(r"at line ([0-9]+)", lambda found: f"at line {int(found[1]) + 1}", problem)


def _trimmed(text: str) -> str:
    return text.replace("\r\n", "\n").strip().strip(_INVISIBLE).strip()
