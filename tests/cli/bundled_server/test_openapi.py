"""`tickiti server openapi`: the same document as a running server's, without one."""

import json
import os
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli.conftest import Cli, Ran, Served


def document_of(cli: Cli, *flags: str) -> str:
    ran = cli("server", "openapi", *flags)
    assert (ran.code, ran.stderr) == (0, "")
    return ran.stdout


def test_it_is_what_a_server_at_that_address_says_of_itself(run: Cli, served: Served) -> None:
    with urlopen(f"{served.base_url}/_tickiti/openapi.json", timeout=30) as reply:
        said = json.load(reply)
    assert json.loads(document_of(run, "--base-url", f"{served.base_url}/")) == said


def test_without_an_address_it_names_the_usual_one(run: Cli) -> None:
    document = json.loads(document_of(run))
    assert document["servers"] == [{"url": "http://127.0.0.1:8642"}]


def test_ndjson_is_one_line(run: Cli) -> None:
    (line,) = document_of(run, "-o", "ndjson").splitlines()
    assert json.loads(line)["openapi"] == "3.1.0"


def test_a_file_replaces_an_older_one_and_is_for_everybody(run: Cli) -> None:
    file = run.folder / "openapi.json"
    file.write_text("old")
    mask = os.umask(0o022)
    try:
        ran = run("server", "openapi", "--out", "openapi.json")
    finally:
        os.umask(mask)
    assert ran == Ran(0, "openapi.json\n", "")
    assert file.read_text() == document_of(run)
    assert file.stat().st_mode & 0o777 == 0o644
    assert [found.name for found in run.folder.iterdir()] == ["openapi.json"]


@pytest.mark.parametrize(
    ("file", "reason"),
    [("nowhere/openapi.json", "No such file or directory"), (".", "Is a directory")],
)
def test_a_file_that_cannot_be_written_is_named(run: Cli, file: str, reason: str) -> None:
    path = (run.folder / file).absolute()
    ran = run("server", "openapi", "--out", file)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: --out {path}: {reason}.\n")
    assert list(Path(run.folder).iterdir()) == []
