"""healthz says that the process answers; readyz says that its database answers too."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.faults.failing_calls import failing_calls
from tests.support.faults.processes import ServerProcess
from tests.support.place import ticket
from tests.support.replies import code_of

HEALTHZ, READYZ = "/_tickiti/healthz", "/_tickiti/readyz"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[ServerProcess]:
    found = ServerProcess(tmp_path)
    found.begin()
    yield found
    assert found.end() == 0


def test_health_endpoints_need_no_token_and_answer_get_and_head(place: ServerProcess) -> None:
    for path in (HEALTHZ, READYZ):
        status, _, body = place.get(path)
        assert (status, json.loads(body)) == (200, {"ok": True})
        status, headers, body = place.get(path, "HEAD")
        assert (status, headers["content-length"], body) == (200, "11", b"")
        refused = place.post(path, {}, token="")
        assert code_of(refused) == (405, "method_not_allowed")
        assert refused[1]["allow"] == "GET, HEAD"


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_readyz_with_an_unreadable_database_is_503(
    place: ServerProcess,
) -> None:
    assert place.post("/api/create_ticket", ticket("news"), "news")[0] == 200
    with failing_calls(place, "pread64", "error=EIO"):
        unready = place.get(READYZ)
        assert code_of(unready) == (503, "storage_unavailable")
        assert unready[1]["retry-after"] == "1"
        assert place.get(HEALTHZ)[0] == 200
    assert place.get(READYZ)[0] == 200
