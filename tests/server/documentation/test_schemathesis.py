"""schemathesis reads the OpenAPI document and searches for a request whose reply breaks it.

It reads the document of all that is accepted. The one for generators of clients describes one form
of each value, so that a server that also takes the others would break it.

All its checks, once with a new key for each case and once with a few keys for all of them. By hand,
for longer and with another seed:
SCHEMATHESIS_SECONDS=600 SCHEMATHESIS_SEED=7 .venv/bin/python -m pytest \\
  tests/server/documentation/test_schemathesis.py
"""

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.place import Place

ROOT = Path(__file__).parents[3]
SECONDS = int(os.environ.get("SCHEMATHESIS_SECONDS", "12"))
SEED = os.environ.get("SCHEMATHESIS_SEED", "2412")
pytestmark = [pytest.mark.faults, pytest.mark.timeout(SECONDS + 90)]
FEWEST_CASES = 100
"""Fewer cases prove nothing. An idle machine tries two thousand in the time."""
CODE = re.compile(r" code=(\w+)")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Behind a proxy, so that each case may come from an address of its own."""
    found = Place(tmp_path)
    found.start("--behind-proxy")
    yield found
    found.stop()


def checked(place: Place, keys: str) -> None:
    """Have schemathesis look for something; it must find nothing, in many requests."""
    own = place.token.partition("|")[0]
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")), "--config-file",
            str(ROOT / "tests" / "support" / "schemathesis" / "schemathesis.toml"), "run",
            f"http://127.0.0.1:{place.port}/_tickiti/openapi.json?accepted", "--checks", "all",
            "--seed", SEED, "--max-time", str(SECONDS), "--no-color",
        ],
        env=os.environ | {
            "TICKITI_TOKEN": place.token, "TICKITI_TOKEN_ID": own, "TICKITI_KEYS": keys,
            "SCHEMATHESIS_HOOKS": "tests.support.schemathesis.hooks", "PYTHONPATH": str(ROOT),
        },
        cwd=place.folder, capture_output=True, text=True, timeout=SECONDS + 60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert found is not None, done.stdout
    assert found[1] == found[2], done.stdout
    assert int(found[1]) >= FEWEST_CASES, done.stdout


def test_a_bad_key_stays_bad_where_its_bytes_are_utf8(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document describes keys of ASCII; the server takes all of UTF-8."""
    monkeypatch.setenv("TICKITI_KEYS", "fresh")
    monkeypatch.setenv("TICKITI_TOKEN_ID", "1")
    hooks = importlib.import_module("tests.support.schemathesis.hooks")
    for bad in ("\u00c3\u00a9", "a\u00c3\u00a9", "\u00ff", "x" * 256, ""):
        case = SimpleNamespace(headers={"Idempotency-Key": bad}, body=None)
        hooks.before_call(None, case, None)
        sent = case.headers["Idempotency-Key"]
        reply = place.post("/api/v1/settings/hashtags/delete", {"tag": "a"}, Idempotency_Key=sent)
        assert reply[0] == 422, (bad, sent)


def codes(place: Place) -> set[str]:
    """The failures that the server answered with."""
    return set(CODE.findall(place.log_file.read_text()))


def test_schemathesis_with_a_new_key_per_case_finds_nothing(place: Place) -> None:
    checked(place, "fresh")
    assert codes(place).isdisjoint({"idempotency_key_conflict", "rate_limited", "internal"})


def test_schemathesis_with_a_few_shared_keys_finds_nothing(place: Place) -> None:
    checked(place, "5")
    assert "idempotency_key_conflict" in codes(place)
    assert codes(place).isdisjoint({"rate_limited", "internal"})
