"""Seed files: TOML or JSON, with the files that they name, and the secrets of the tokens they make.

Rule: a file that a seed names is looked for beside the seed. Nothing is sent before every file is
read, and every file for a secret can be written.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli.encoding import json_value
from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.atomic_write import refuse_unwritable, write_private
from tickiti_cli.files.toml_text import members_of
from tickiti_cli.standard_input import opened_for

_STDIN = Path("-")
SEED = "seed.toml"
"""The example, among the sample files."""


class _SecretOwner(NamedTuple):
    """A table of a seed that makes a secret."""

    kind: str
    name: str
    where: str
    """Kind, position and name of its entry, which begin an error."""

    table: Mapping[str, Any]


def read_seeds(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return name and entries of each file, each read once; `-` is standard input, whose files are
    looked for in the current directory. Raises UsageProblem."""
    if paths.count(_STDIN) > 1:
        raise UsageProblem("-: standard input can be read only once.")
    seeds = [{"file": _name_of(path), "entries": _read(path)} for path in paths]
    _refuse_lost_files(seeds, [path for path in paths if path != _STDIN])
    return seeds


def refuse_lost_secrets(seeds: Sequence[Mapping[str, Any]]) -> None:
    """Raise UsageProblem for a secret that goes to no file: nobody would ever see it."""
    for seed in seeds:
        for owner in _secret_owners(seed):
            is_discarded = owner.table.get("discard_secret") is True
            if not is_discarded and "secret_file" not in owner.table:
                raise UsageProblem(
                    f"{seed['file']}: {owner.where}: secret_file: required, because the secret is"
                    " written only once.",
                    hint=f'Add secret_file = "{owner.name or "shop"}.token", or discard_secret ='
                    " true where nobody needs the secret.",
                )


def write_secrets(seeds: Sequence[Mapping[str, Any]], tokens: Sequence[Mapping[str, Any]]) -> None:
    """Write the new secrets of these seeds to their files, which only the user can read."""
    files = {seed["file"] for seed in seeds}
    for made in tokens:
        if made["secret_file"] and made["file"] in files:
            write_private(_beside(made["file"], made["secret_file"]), f"{made['token']}\n")


def _read(path: Path) -> dict[str, Any]:
    entries, name = _parsed(path), _name_of(path)
    for ticket in _tables(entries, "ticket"):
        for part in (ticket, *_tables(ticket, "response")):
            _include_files(name, part)
    for _, secret in _secret_files([{"file": name, "entries": entries}]):
        refuse_unwritable(secret, flag=f"{name}: secret_file")
    return entries


def _name_of(path: Path) -> str:
    return "standard input" if path == _STDIN else str(path)


def _parsed(path: Path) -> dict[str, Any]:
    name = _name_of(path)
    try:
        text = _bytes_of(path).decode()
    except OSError as error:
        raise UsageProblem(f"{name}: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise UsageProblem(f"{name}: not UTF-8 text.") from None
    # No TOML begins with a brace.
    is_json = path.suffix == ".json" or (path == _STDIN and text.lstrip().startswith("{"))
    try:
        found = json_value(text) if is_json else members_of(text)
    except ValueError as error:
        raise UsageProblem(f"{name}: not {'JSON' if is_json else 'TOML'}: {error}.") from None
    if not isinstance(found, dict):
        raise UsageProblem(f"{name}: must be an object with lists of entries by kind.")
    # Through JSON, so that a date of TOML is the text that the server gets.
    try:
        text = json.dumps(found, default=str, allow_nan=False)
    except ValueError:
        raise UsageProblem(f"{name}: not TOML: nan is not a value that can be sent.") from None
    as_sent: dict[str, Any] = json.loads(text)
    return as_sent


def _bytes_of(path: Path) -> bytes:
    if path != _STDIN:
        return path.read_bytes()
    return opened_for("FILE -").read()


def _refuse_lost_files(seeds: Sequence[Mapping[str, Any]], paths: Sequence[Path]) -> None:
    """Raise UsageProblem where a secret would replace a seed, or another secret."""
    taken = {path.resolve(): f"the seed {path}" for path in paths}
    for owner, path in _secret_files(seeds):
        found = taken.get(path.resolve())
        if found is not None:
            raise UsageProblem(
                f"secret_file {owner.table['secret_file']} of {owner.kind} '{owner.name}' is also"
                f" {found}.",
                hint="Give every secret a file of its own.",
            )
        taken[path.resolve()] = f"the file of {owner.kind} '{owner.name}'"


def _include_files(seed: str, part: dict[str, Any]) -> None:
    """Put the bytes of the attachments of a ticket or response in place of their names."""
    names = part.get("attachments", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageProblem(f"{seed}: attachments: must be a list of file names.")
    files = [Path(seed).parent / name for name in names]
    part["attachments"] = [
        {"name": file.name, "content_base64": _base64(seed, file)} for file in files
    ]


def _base64(seed: str, file: Path) -> str:
    try:
        return base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise UsageProblem(f"{seed}: attachments: {file}: {error.strerror}.") from error


def _secret_files(seeds: Sequence[Mapping[str, Any]]) -> Iterator[tuple[_SecretOwner, Path]]:
    for seed in seeds:
        for owner in _secret_owners(seed):
            if isinstance(file := owner.table.get("secret_file"), str):
                yield owner, _beside(seed["file"], file)


def _secret_owners(seed: Mapping[str, Any]) -> Iterator[_SecretOwner]:
    """The tables of a seed that make a secret: tokens, rotations, tokens of interventions."""
    for kind, part in (("token", "rotation"), ("intervention", "token")):
        for position, entry in enumerate(_tables(seed["entries"], kind), start=1):
            name = str(entry.get("name", ""))
            where = f"{kind} {position} ('{name}')"
            if kind == "token":
                yield _SecretOwner("token", name, where, entry)
            if isinstance(table := entry.get(part), dict):
                yield _SecretOwner(f"the {part} of {kind}", name, f"{where}: {part}", table)


def _beside(seed: str, file: str) -> Path:
    return Path(seed).absolute().parent / file


def _tables(entries: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    rows = entries.get(kind, [])
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
