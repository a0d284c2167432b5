"""The first token of the bundled server: where it comes from and where it is stored.

Rule: a token that works is never overwritten by that of another database. When a server moves to
another database, the token of the former one is kept, for the case that the server returns to it.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli import own_programs
from tickiti_cli.bundled_server import seed_files
from tickiti_cli.config.addresses import is_loopback
from tickiti_cli.config.resolution import Config
from tickiti_cli.contract.files.database_location import Location
from tickiti_cli.contract.token_format import is_minted_secret, split_token
from tickiti_cli.credentials.token_store import TokenStore
from tickiti_cli.errors import ConfigProblem, LockedOut, ServerFailed
from tickiti_cli.files.atomic_write import write_private
from tickiti_cli.files.private_file import read_secret_file

MOST_ID = 999_999_999
"""Highest id of a token in a file, because all later tokens get higher ids."""


class TokenPlaces(NamedTuple):
    """Where the token of a database is stored: in a profile, a file, or both."""

    database: Location
    name: str
    profile: str | None
    file: Path | None
    before: Location | None
    """The former database of the server of this name."""

    seeds: Sequence[Mapping[str, Any]] = ()
    """The seeds that fill a database in test mode."""


def read(path: Path | None) -> str | None:
    """Read --first-token-file; None where it does not exist yet. Raises ConfigProblem."""
    if path is None:
        return None
    if not os.path.lexists(path):
        folder = path.absolute().parent
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigProblem(f"--first-token-file {path}: cannot write a file there.")
        return None
    token = read_secret_file(
        path, hint="If --first-token-file does not exist, the server creates it with a new token."
    )
    found = split_token(token)
    if found is None or not is_minted_secret(found[1]) or found[0] > MOST_ID:
        raise ConfigProblem(
            f"--first-token-file {path}: does not contain a token of a bundled server.",
            hint="Such a token looks like 1|tkt_... and ends with a checksum. If the file does not "
            "exist, the server creates it with a new token.",
        )
    return token


def refuse_foreign_profile(config: Config, profile: str, *, behind_proxy: bool) -> None:
    """Raise ConfigProblem for a profile of another machine's server, whose token would be lost."""
    if is_foreign(config, profile) and not behind_proxy:
        base_url = config.profiles[profile]["base_url"]
        raise ConfigProblem(
            f"Profile '{profile}' is for {base_url}, which is not a server on this machine.",
            hint="Give this server a name of its own: tickiti server start --name NAME",
        )


def is_foreign(config: Config, profile: str) -> bool:
    """True for a profile of another machine's server."""
    base_url = str(config.profiles.get(profile, {}).get("base_url", ""))
    return bool(base_url) and not is_loopback(base_url)


def prepare_database(
    config: Config, wanted: TokenPlaces, given: str | None, flags: Sequence[str]
) -> tuple[str, list[str]]:
    """Create or upgrade the database with the server's own program, and store a valid token.

    Return that token, "" for none, and remarks for the user. `flags` are those of `prepare`. Raises
    ServerFailed with the program's sentence and exit code, and ConfigProblem.
    """
    store = config.token_store(wanted.profile) if wanted.profile is not None else None
    spare = store.spare(wanted.database) if store else None
    known = [token for one in (store, spare) if one and (token := one.token)]
    asked = {
        "known": known,
        "elsewhere": _tokens_of_others(config, wanted.profile),
        "given": given,
        "name": wanted.name,
        "seeds": wanted.seeds,
    }
    prepared = _prepared(wanted.database, asked, flags, wanted.file)
    seed_files.write_secrets(wanted.seeds, prepared["seeded"])
    remarks = _remarks(wanted, prepared)
    token = prepared["token"]
    if token is None:
        return "", remarks
    if store and store.token != token:
        remarks += _keep(store, spare, wanted, token)
    if wanted.file is not None and given is None:
        write_private(wanted.file.absolute(), f"{token}\n")
    return token, remarks


def _tokens_of_others(config: Config, profile: str | None) -> list[str]:
    """The tokens of other profiles of this machine: that of a renamed one stays in use, also on a
    database that the server is not on now."""
    found: list[str] = []
    for name in config.credentials.names():
        owner, _, _ = name.partition("\t")
        if owner == profile or is_foreign(config, owner):
            continue
        with suppress(ConfigProblem, LockedOut):  # a keyring may be locked
            token = config.token_store(owner)._replace(profile=name).token
            found += [token] if token else []
    return found


def _keep(
    store: TokenStore, spare: TokenStore | None, wanted: TokenPlaces, token: str
) -> list[str]:
    """Store the token in the profile. The former token is kept under its own database."""
    remarks = []
    if store.is_filled and wanted.before not in (None, wanted.database):
        assert wanted.before is not None
        store.copy_to(store.spare(wanted.before).profile)
        remarks = [f"Profile '{store.profile}' was for the server on {wanted.before}."]
    found = split_token(token)
    assert found is not None
    store.keep({"token": token, "token_id": found[0]})
    if spare is not None and spare.token == token:
        spare.forget()
    return remarks


def _remarks(wanted: TokenPlaces, prepared: dict[str, Any]) -> list[str]:
    remarks = []
    if prepared["kept"]:
        remarks.append(f"The database was upgraded. The old one is kept as {prepared['kept']}.")
    if prepared["ended"]:
        ended = ", ".join(str(one) for one in prepared["ended"])
        remarks.append(
            f"Token {prepared['token_id']} replaces token {ended}, which is not stored here and "
            "was revoked."
        )
    if prepared["token"] is None:
        remarks.append(f"The token of {wanted.file} was revoked or has expired.")
    return remarks


def _prepared(
    database: Location, asked: dict[str, Any], flags: Sequence[str], file: Path | None
) -> dict[str, Any]:
    done = subprocess.run(
        [*own_programs.command("tickiti_server", "prepare", "--db", str(database)), *flags],
        env=own_programs.environment(),
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        *_, last = ["the database could not be prepared", *done.stderr.strip().splitlines()]
        sentence = last.removeprefix("tickiti: ")
        if file is not None and done.returncode == ConfigProblem.exit_code:
            sentence = f"--first-token-file {file}: {sentence}"
        raise ServerFailed(sentence, exit_code=done.returncode)
    prepared: dict[str, Any] = json.loads(done.stdout)
    return prepared
