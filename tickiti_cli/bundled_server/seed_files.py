"""Seed files: TOML or JSON, with the files that they name, and the secrets of the tokens they make.

Rule: a file that a seed names is looked for beside the seed. Nothing is sent before every file is
read, and every file for a secret can be written.
"""

import base64
import json
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tickiti_cli.errors import UsageProblem
from tickiti_cli.files.atomic_write import refuse_unwritable, write_private

SEED = "seed.toml"
"""The example, among the sample files."""


def read_seeds(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Return name and entries of each file. Raises UsageProblem."""
    seeds = [{"file": str(path), "entries": _read(path)} for path in paths]
    _refuse_lost_files(seeds, paths)
    return seeds


def write_secrets(seeds: Sequence[Mapping[str, Any]], tokens: Sequence[Mapping[str, Any]]) -> None:
    """Write the secrets of new tokens to their files, which only the user can read."""
    places = {token["name"]: path for token, path in _secret_files(seeds)}
    for made in tokens:
        if path := places.get(made["name"]):
            write_private(path, f"{made['token']}\n")


def _read(path: Path) -> dict[str, Any]:
    entries = _parsed(path)
    for ticket in _tables(entries, "ticket"):
        for part in (ticket, *_tables(ticket, "response")):
            _include_files(path, part)
    for _, secret in _secret_files([{"file": str(path), "entries": entries}]):
        refuse_unwritable(secret, flag=f"{path}: secret_file")
    return entries


def _parsed(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode()
        found = _of_json(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise UsageProblem(f"{path}: not UTF-8 text.") from None
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise UsageProblem(f"{path}: not {kind}: {error}.") from None
    if not isinstance(found, dict):
        raise UsageProblem(f"{path}: must be an object with lists of entries by kind.")
    # Through JSON, so that a date of TOML is the text that the server gets.
    try:
        text = json.dumps(found, default=str, allow_nan=False)
    except ValueError:
        raise UsageProblem(f"{path}: not TOML: nan is not a value that can be sent.") from None
    as_sent: dict[str, Any] = json.loads(text)
    return as_sent


def _refuse_lost_files(seeds: Sequence[Mapping[str, Any]], paths: Sequence[Path]) -> None:
    """Raise UsageProblem where a secret would replace a seed, or the secret of another token."""
    taken = {path.resolve(): f"the seed {path}" for path in paths}
    for token, path in _secret_files(seeds):
        name, owner = token.get("name"), taken.get(path.resolve())
        if owner is not None:
            raise UsageProblem(
                f"secret_file {token['secret_file']} of token '{name}' is also {owner}.",
                hint="Give every token a file of its own.",
            )
        taken[path.resolve()] = f"the file of token '{name}'"


def _of_json(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these members. Raises ValueError if JSON would drop one of them."""
    found = dict(pairs)
    if len(found) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"'{twice}' is there twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


def _include_files(seed: Path, part: dict[str, Any]) -> None:
    """Put the bytes of the attachments of a ticket or response in place of their names."""
    names = part.get("attachments", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageProblem(f"{seed}: attachments: must be a list of file names.")
    files = [seed.parent / name for name in names]
    part["attachments"] = [
        {"name": file.name, "content_base64": _base64(seed, file)} for file in files
    ]


def _base64(seed: Path, file: Path) -> str:
    try:
        return base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise UsageProblem(f"{seed}: attachments: {file}: {error.strerror}.") from error


def _secret_files(seeds: Sequence[Mapping[str, Any]]) -> Iterator[tuple[dict[str, Any], Path]]:
    for seed in seeds:
        for token in _tables(seed["entries"], "token"):
            if isinstance(token.get("secret_file"), str):
                yield token, Path(seed["file"]).absolute().parent / token["secret_file"]


def _tables(entries: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    rows = entries.get(kind, [])
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
