"""The token that the bundled server is started with: where it is known from, where it is put.

The rule of this file: a token that works is never lost to another database. That of the database
which a server of this name was on before is kept for when it is on it again.
"""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli import own_programs
from tickiti_cli.addresses import is_loopback
from tickiti_cli.config import Config
from tickiti_cli.contract.tokens import is_minted_secret, split_token
from tickiti_cli.credentials import read_secret_file, write_private
from tickiti_cli.errors import ConfigProblem, ServerFailed
from tickiti_cli.stores import TokenStore

MOST_ID = 999_999_999
"""Of a token in a file: the ids of all later ones are higher."""


class Wanted(NamedTuple):
    """Where the token of a database goes: a profile, None for none, and a file, if any."""

    database: Path
    name: str
    profile: str | None
    file: Path | None
    before: Path | None
    """The database that the server of this name was on before."""


def read(path: Path | None) -> str | None:
    """The token of --first-token-file, None where there is no file yet. Raises ConfigProblem."""
    if path is None:
        return None
    if not os.path.lexists(path):
        folder = path.absolute().parent
        if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigProblem(f"--first-token-file {path}: no file can be written there.")
        return None
    token = read_secret_file(path)
    found = split_token(token)
    if found is None or not is_minted_secret(found[1]) or found[0] > MOST_ID:
        raise ConfigProblem(
            f"--first-token-file {path}: it does not hold a token that a bundled server has made.",
            hint="One looks like 1|tkt_... and ends with a checksum. Without the file the server "
            "makes a token and writes it there.",
        )
    return token


def refuse_foreign_profile(config: Config, profile: str, *, behind_proxy: bool) -> None:
    """A profile of another machine's server, whose token would be lost. Raises ConfigProblem."""
    base_url = str(config.profiles.get(profile, {}).get("base_url", ""))
    if base_url and not is_loopback(base_url) and not behind_proxy:
        raise ConfigProblem(
            f"Profile '{profile}' is for {base_url}, which is not a server on this machine.",
            hint="Give this server a name of its own: tickiti server start --name NAME",
        )


def see_to(
    config: Config, wanted: Wanted, given: str | None, flags: Sequence[str]
) -> tuple[str, list[str]]:
    """Have the server's own program create or upgrade the database, and put a token that is good
    there into its places; that token, "" for none, and what a person should know.

    `flags` are those of `prepare`. Raises ServerFailed with the program's sentence and exit code,
    and ConfigProblem.
    """
    store = config.token_store(wanted.profile) if wanted.profile is not None else None
    spare = store.spare(wanted.database) if store else None
    known = [token for one in (store, spare) if one and (token := one.token)]
    asked = {"known": known, "given": given, "name": wanted.name}
    prepared = _prepared(wanted.database, asked, flags, wanted.file)
    told = _told(wanted, prepared)
    token = prepared["token"]
    if token is None:
        return "", told
    if store and store.token != token:
        told += _keep(store, spare, wanted, token)
    if wanted.file is not None and given is None:
        write_private(wanted.file.absolute(), f"{token}\n")
    return token, told


def _keep(store: TokenStore, spare: TokenStore | None, wanted: Wanted, token: str) -> list[str]:
    """In the profile; the one that was there is kept for its own database."""
    told = []
    if store.is_filled and wanted.before not in (None, wanted.database):
        assert wanted.before is not None
        store.copy_to(store.spare(wanted.before).profile)
        told = [f"Profile '{store.profile}' was for the server on {wanted.before}."]
    found = split_token(token)
    assert found is not None
    store.keep({"token": token, "token_id": found[0]})
    if spare is not None and spare.token == token:
        spare.forget()
    return told


def _told(wanted: Wanted, prepared: dict[str, Any]) -> list[str]:
    told = []
    if prepared["kept"]:
        told.append(f"The database was upgraded; as it was, it is kept as {prepared['kept']}.")
    if prepared["ended"]:
        ended = ", ".join(str(one) for one in prepared["ended"])
        told.append(
            f"Token {prepared['token_id']} takes the place of {ended}, which is not stored here "
            "and is revoked."
        )
    if prepared["token"] is None:
        told.append(f"The token of {wanted.file} was revoked or has expired: it opens nothing.")
    return told


def _prepared(
    database: Path, asked: dict[str, Any], flags: Sequence[str], file: Path | None
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
        *_, last = ["the database could not be readied", *done.stderr.strip().splitlines()]
        sentence = last.removeprefix("tickiti: ")
        if file is not None and done.returncode == ConfigProblem.exit_code:
            sentence = f"--first-token-file {file}: {sentence}"
        raise ServerFailed(sentence, exit_code=done.returncode)
    prepared: dict[str, Any] = json.loads(done.stdout)
    return prepared
