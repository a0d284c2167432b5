"""healthz: the process answers; readyz: its database does as well."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.processes import ServerProcess
from tests.faults.test_limits import failing_calls
from tests.place import ticket
from tests.server.test_codes import code_of

HEALTHZ, READYZ = "/_tickiti/healthz", "/_tickiti/readyz"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[ServerProcess]:
    found = ServerProcess(tmp_path)
    found.begin()
    yield found
    assert found.end() == 0


def test_both_answer_without_a_token_and_get_and_head_alone(place: ServerProcess) -> None:
    for path in (HEALTHZ, READYZ):
        status, _, body = place.get(path)
        assert (status, json.loads(body)) == (200, {"ok": True})
        status, headers, body = place.get(path, "HEAD")
        assert (status, headers["content-length"], body) == (200, "11", b"")
        refused = place.post(path, {}, token="")
        assert code_of(refused) == (405, "method_not_allowed")
        assert refused[1]["allow"] == "GET, HEAD"


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_while_the_database_cannot_be_read_readyz_is_503_and_healthz_is_not(
    place: ServerProcess,
) -> None:
    assert place.post("/api/create_ticket", ticket("news"), "news")[0] == 200
    with failing_calls(place, "pread64", "error=EIO"):
        unready = place.get(READYZ)
        assert code_of(unready) == (503, "storage_unavailable")
        assert unready[1]["retry-after"] == "1"
        assert place.get(HEALTHZ)[0] == 200
    assert place.get(READYZ)[0] == 200
