"""Files that nothing refers to are forgotten after a day, and no others."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.databases import rows, run
from tickiti_server.clock import DAY, SECOND
from tickiti_server.periodic.uploads import BATCH, MANY_PIECES, UploadPurge
from tickiti_server.rendering.images import Image
from tickiti_server.store.files import uploads
from tickiti_server.store.helpdesk import attachments, tickets
from tickiti_server.store.helpdesk.templates import COLUMNS, insert_template
from tickiti_server.store.interface import Transaction
from tickiti_server.store.texts import images
from tickiti_server.store.texts.images import Owner

NOON = 20_000 * DAY + DAY // 2


def stored(tx: Transaction, name: str, at: int, *, pieces: int = 1, ends: bool = True) -> int:
    """A file that was uploaded at a moment; one without an end is incomplete."""
    file_id = None
    for position in range(pieces):
        file_id = uploads.append_piece(tx, file_id, position=position, content=b"x", now=at)
    assert file_id is not None
    if ends:
        uploads.complete_file(tx, file_id, sha256=name, file_size=1, mime_type="a/b", now=at)
        uploads.note_upload(tx, file_id, family_id=1, name=name, now=at)
    return file_id


def attach(tx: Transaction, name: str) -> None:
    place = tickets.resolve_new_ticket(tx, queue_name="Inbox", originator="system@localhost")
    ticket_id = tickets.insert_ticket(
        tx, secure_id="", subject="s", now=0, priority=20, operation_id=None, **place
    )
    response_id = tickets.insert_response(
        tx, ticket_id=ticket_id, author_id=1, html="", text="", is_internal=False,
        staff_response=True, now=0, operation_id=None,
    )  # fmt: skip
    file = uploads.find_file(tx, name)
    assert file is not None
    attachments.insert_reference(tx, response_id=response_id, name="a.txt", file=file)


def test_an_unreferenced_file_is_deleted_after_a_day(tmp_path: Path) -> None:
    async def scenario(database: Any) -> None:
        def fill(tx: Transaction) -> None:
            stored(tx, "orphan", NOON)
            stored(tx, "unfinished", NOON, ends=False)
            stored(tx, "used", NOON)
            attach(tx, "used")
            again = stored(tx, "again", NOON)
            uploads.note_upload(tx, again, family_id=2, name="a", now=NOON + SECOND)
            stored(tx, "running", NOON + SECOND, ends=False)

        await database.write(fill)
        elapsed = [DAY]
        purge = UploadPurge(
            database, every_seconds=1, clock=lambda: NOON + elapsed[0], steady=lambda: elapsed[0]
        )
        assert await purge.batch() == 0
        elapsed[0] += 1
        assert await purge.batch() == 2
        assert await purge.batch() == 0

    path = tmp_path / "t.db"
    run(path, scenario)
    assert rows(path, "SELECT sha256 FROM file ORDER BY id") == [("used",), ("again",), (None,)]
    assert rows(path, "SELECT count(*) FROM file_piece") == [(3,)]


def test_all_pieces_of_an_unreferenced_file_are_deleted(tmp_path: Path) -> None:
    async def scenario(database: Any) -> None:
        await database.write(lambda tx: stored(tx, "large", 0, pieces=2 * MANY_PIECES + 1))
        purge = UploadPurge(database, every_seconds=1, clock=lambda: NOON, steady=lambda: 0)
        assert await purge.batch() == 1

    path = tmp_path / "t.db"
    run(path, scenario)
    assert rows(path, "SELECT (SELECT count(*) FROM file), count(*) FROM file_piece") == [(0, 0)]


def test_many_unreferenced_files_are_deleted_in_batches(tmp_path: Path) -> None:
    async def scenario(database: Any) -> None:
        await database.write(lambda tx: [stored(tx, f"{n}", 0) for n in range(BATCH + 1)])
        purge = UploadPurge(database, every_seconds=1, clock=lambda: NOON, steady=lambda: 0)
        assert [await purge.batch() for _ in range(3)] == [BATCH, 1, 0]

    run(tmp_path / "t.db", scenario)


def test_a_clock_jump_deletes_no_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(database: Any) -> None:
        await database.write(lambda tx: stored(tx, "orphan", NOON))
        now = [NOON]
        purge = UploadPurge(database, every_seconds=1, clock=lambda: now[0], steady=lambda: 0)
        now[0] += 40 * DAY
        assert await purge.batch() == 0

    run(tmp_path / "t.db", scenario)
    assert "960 h" in caplog.text


def upload_images(tx: Transaction, template_id: int) -> list[str]:
    """Two images for a template, which refers to the first one; their references."""
    kept, unused = (
        images.insert_image(
            tx,
            Owner.TEMPLATE,
            template_id,
            Image(f"{name}.png", "image/png", name * 64, b"x"),
            now=NOON,
        )
        for name in ("a", "b")
    )
    tx.execute(
        "UPDATE template SET content = :html WHERE id = :id",
        {"html": f'<img src="cid:{kept}">', "id": template_id},
    )
    return [kept, unused]


def test_an_unreferenced_image_is_deleted_after_a_day(tmp_path: Path) -> None:
    async def scenario(database: Any) -> None:
        template = dict.fromkeys(COLUMNS, "") | {"identifier": "t", "type": "email"}
        template |= {"enabled": 1, "ordinal": 0}
        made = await database.write(lambda tx: insert_template(tx, now=NOON, **template))
        kept, unused = await database.write(lambda tx: upload_images(tx, made))
        elapsed = [DAY]
        purge = UploadPurge(
            database, every_seconds=1, clock=lambda: NOON + elapsed[0], steady=lambda: elapsed[0]
        )
        sql = "SELECT cid FROM text_image ORDER BY id"
        listed = [await purge.batch()]
        assert [row["cid"] for row in await database.read(lambda tx: tx.all(sql))] == [kept, unused]
        elapsed[0] += 1
        listed += [await purge.batch(), await purge.batch()]
        assert [row["cid"] for row in await database.read(lambda tx: tx.all(sql))] == [kept]
        assert listed == [0, 1, 0]

    run(tmp_path / "t.db", scenario)
