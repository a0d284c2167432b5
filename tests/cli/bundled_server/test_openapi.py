"""`tickiti server openapi` prints the document of a running server, without a server."""

import json
import os
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.support.cli import Cli, Ran, Served


def document_of(cli: Cli, *flags: str) -> str:
    ran = cli("server", "openapi", *flags)
    assert (ran.code, ran.stderr) == (0, "")
    return ran.stdout


def test_document_equals_that_of_a_server_at_the_address(run: Cli, served: Served) -> None:
    with urlopen(f"{served.base_url}/_tickiti/openapi.json", timeout=30) as reply:
        said = json.load(reply)
    assert json.loads(document_of(run, "--base-url", f"{served.base_url}/")) == said


def test_document_without_an_address_names_the_default(run: Cli) -> None:
    document = json.loads(document_of(run))
    assert document["servers"] == [{"url": "http://127.0.0.1:8642"}]


def test_ndjson_is_one_line(run: Cli) -> None:
    (line,) = document_of(run, "-o", "ndjson").splitlines()
    assert json.loads(line)["openapi"] == "3.1.0"


def test_openapi_file_replaces_an_older_one_and_is_readable_by_all(run: Cli) -> None:
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
def test_unwritable_openapi_file_is_named(run: Cli, file: str, reason: str) -> None:
    path = (run.folder / file).absolute()
    ran = run("server", "openapi", "--out", file)
    assert (ran.code, ran.stdout) == (2, "")
    assert ran.stderr.startswith(f"tickiti: --out {path}: {reason}.\n")
    assert list(Path(run.folder).iterdir()) == []
