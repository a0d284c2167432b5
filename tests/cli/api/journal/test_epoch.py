"""The epoch of a test server is read from whatever listens on this machine."""

from typing import Any, cast

import pytest

from tickiti_cli.api.connection.answer import Answer
from tickiti_cli.api.journal.epoch import epoch_of
from tickiti_cli.api.sender import Sender

HERE = "http://127.0.0.1:8642"


class Answering:
    """Stands for a sender whose server answers /healthz with these bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def seen_at(self, *_: Any, **__: Any) -> Answer:
        return Answer(200, {}, self._content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b'{"epoch": "a"}',
        b'{"epoch": "a", "epoch_began_at": 7}',
        b'{"epoch": "a", "epoch_began_at": "yesterday"}',
        b'{"epoch": "a", "epoch_began_at": "2026-11-29T10:00:00"}',
        b"[" * 100_000,
    ],
)
def test_a_foreign_answer_of_healthz_is_no_epoch(content: bytes) -> None:
    assert epoch_of(cast(Sender, Answering(content)), HERE) is None


def test_the_answer_of_a_test_server_is_its_epoch() -> None:
    content = b'{"epoch": "a", "epoch_began_at": "2026-11-29T10:00:00Z"}'
    found = epoch_of(cast(Sender, Answering(content)), HERE)
    assert found is not None
    assert (found.name, found.began_at.isoformat()) == ("a", "2026-11-29T10:00:00+00:00")
