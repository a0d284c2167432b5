"""Test mode opens on databases of its own alone, for the first token alone, on loopback alone."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cli import Ran
from tests.support.place import Place
from tickiti_cli.contract.bundled.test_mode.catalogue import TEST_CATALOGUE
from tickiti_cli.contract.endpoint import Ability

pytestmark = pytest.mark.sqlite  # test mode needs a file

PATHS = [row.path for row in TEST_CATALOGUE.values()]
REAL = "is a real helpdesk"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    yield found
    found.tickiti("server", "stop", "--db", str(found.database), check=False)


def started(place: Place, *flags: str) -> Ran:
    words = ("server", "start", "--port", "0", "--detach", *flags)
    done = place.tickiti(*words, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_path_of_test_mode_is_below_one_folder() -> None:
    assert PATHS
    assert all(path.startswith("/_tickiti/test/") for path in PATHS)


def test_the_first_token_of_a_server_in_test_mode_controls_the_server(place: Place) -> None:
    place.start_for_tests()
    status, _, body = place.post("/_tickiti/test/show", {})
    assert status == 200
    assert json.loads(body)["data"]["epoch"]


@pytest.mark.parametrize("path", PATHS)
def test_without_test_mode_the_paths_are_unknown(place: Place, path: str) -> None:
    """Even on a database of test mode, whose first token has the ability."""
    place.start_for_tests()
    place.stop()
    place.start()
    status, _, body = place.post(path, {})
    assert (status, json.loads(body)["code"]) == (404, "not_found")


def test_a_minted_token_never_controls_the_server(place: Place) -> None:
    place.start_for_tests()
    body = {"name": "x", "abilities": [*Ability]}
    minted = json.loads(place.post("/_tickiti/tokens/mint", body)[2])["data"]
    for path in PATHS:
        status, _, reply = place.post(path, {}, token=minted["token"])
        assert (status, json.loads(reply)["code"]) == (403, "missing_ability")
    for path in ("mint", "edit"):
        body = {"name": "y", "abilities": ["control-server"], "id": minted["id"]}
        status, _, reply = place.post(f"/_tickiti/tokens/{path}", body)
        assert (status, b"must be one of" in reply) == (422, True)
    for rotated in (1, minted["id"]):
        body = {"id": rotated, "overlap_seconds": 60}
        status, _, reply = place.post("/_tickiti/tokens/rotate", body, token=minted["token"])
        assert status == (403 if rotated == 1 else 200)
    assert json.loads(reply)["data"]["abilities"] == sorted(Ability)


def test_the_first_token_keeps_the_ability_when_it_rotates(place: Place) -> None:
    place.start_for_tests()
    place.tickiti("token", "rotate", "--self")
    assert place.post("/_tickiti/test/show", {})[0] == 200


def test_a_first_token_that_lacks_the_ability_is_replaced(place: Place) -> None:
    place.start_for_tests()
    abilities = [f"--ability={ability}" for ability in Ability]
    place.tickiti("token", "edit", "1", *abilities, "--yes")
    assert place.post("/_tickiti/test/show", {})[0] == 403
    place.stop()
    place.start_for_tests()
    assert place.post("/_tickiti/test/show", {})[0] == 200


def test_a_real_helpdesk_is_never_opened(place: Place) -> None:
    """Nor by a link to its file, nor as a copy."""
    place.start()
    place.stop()
    link, copy = place.folder / "link.db", place.folder / "copy.db"
    link.symlink_to(place.database)
    shutil.copy(place.database, copy)
    for path in (place.database, link, copy):
        before = digest(path)
        ran = started(place, "--test", "--db", str(path))
        assert (ran.code, ran.stdout) == (2, "")
        assert REAL in ran.stderr
        assert digest(path) == before


def test_an_older_real_helpdesk_is_neither_upgraded_nor_opened(place: Place) -> None:
    with sqlite3.connect(place.database) as connection:
        connection.execute("PRAGMA application_id = 0x54494B54")
        connection.execute("CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("INSERT INTO schema_migration VALUES (1, '0001_initial.sql')")
    connection.close()
    before = digest(place.database)
    ran = started(place, "--test", "--db", str(place.database))
    assert (ran.code, digest(place.database)) == (2, before)


@pytest.mark.parametrize("text", ["postgres://x/y", "postgresql://x/y"])
def test_test_mode_is_for_sqlite_alone(place: Place, text: str) -> None:
    ran = started(place, "--test", "--db", text)
    assert (ran.code, "--test needs a file" in ran.stderr) == (2, True)


@pytest.mark.parametrize(
    "flags",
    [
        ("--host", "0.0.0.0"),
        ("--host", "::"),
        ("--host", "192.0.2.1"),
        ("--behind-proxy",),
        ("--behind-proxy", "--host", "0.0.0.0"),
        ("--vendor-only",),
    ],
)
def test_test_mode_is_for_loopback_alone(place: Place, flags: tuple[str, ...]) -> None:
    ran = started(place, "--test", "--memory", *flags)
    assert (ran.code, ran.stdout) == (2, "")
    assert "--test" in ran.stderr or "test mode" in ran.stderr
    assert place.tickiti("server", "status", check=False).returncode == 13


def test_the_program_itself_refuses_a_real_helpdesk(place: Place) -> None:
    place.start()
    place.stop()
    words = ("serve", "--test", "--db", str(place.database), "--socket-fd", "0")
    done = subprocess.run(
        [sys.executable, "-m", "tickiti_server", *words],
        stdin=subprocess.PIPE, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0


def test_status_and_log_say_that_the_server_is_in_test_mode(place: Place) -> None:
    place.start_for_tests()
    where = ("--db", str(place.database))
    assert json.loads(place.tickiti("server", "status", *where, "--json").stdout)["test_mode"]
    assert place.tickiti("server", "status", *where).stdout.split("\t")[5] == "true"
    assert "Test mode: " in place.tickiti("server", "logs", *where).stdout
    place.stop()
    place.start()
    assert not json.loads(place.tickiti("server", "status", *where, "--json").stdout)["test_mode"]
    assert place.tickiti("server", "logs", *where).stdout.count("Test mode: ") == 1
