"""schemathesis reads the document and looks for a request whose reply breaks a promise of it.

All its checks, once with a new key for each case and once with a few keys for all of them. By hand,
for longer: SCHEMATHESIS_SECONDS=600 .venv/bin/python -m pytest tests/server/test_schemathesis.py
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.place import Place

ROOT = Path(__file__).parent.parent.parent
SECONDS = int(os.environ.get("SCHEMATHESIS_SECONDS", "25"))
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
            str(ROOT / "tests" / "server" / "schemathesis" / "schemathesis.toml"), "run",
            f"http://127.0.0.1:{place.port}/_tickiti/openapi.json", "--checks", "all",
            "--seed", "2412", "--max-time", str(SECONDS), "--no-color",
        ],
        env=os.environ | {
            "TICKITI_TOKEN": place.token, "TICKITI_TOKEN_ID": own, "TICKITI_KEYS": keys,
            "SCHEMATHESIS_HOOKS": "tests.server.schemathesis.hooks", "PYTHONPATH": str(ROOT),
        },
        cwd=place.folder, capture_output=True, text=True, timeout=SECONDS + 60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert found is not None, done.stdout
    assert found[1] == found[2], done.stdout
    assert int(found[1]) > 10 * SECONDS, done.stdout


def codes(place: Place) -> set[str]:
    """The failures that the server answered with."""
    return set(CODE.findall((place.folder / "server.log").read_text()))


@pytest.mark.timeout(SECONDS + 90)
def test_it_finds_nothing_with_a_new_key_for_each_case(place: Place) -> None:
    checked(place, "fresh")
    assert codes(place).isdisjoint({"idempotency_key_conflict", "rate_limited", "internal"})


@pytest.mark.timeout(SECONDS + 90)
def test_it_finds_nothing_where_cases_share_a_few_keys(place: Place) -> None:
    checked(place, "5")
    assert "idempotency_key_conflict" in codes(place)
    assert codes(place).isdisjoint({"rate_limited", "internal"})
