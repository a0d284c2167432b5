"""The attachments of many responses are read together."""

from contextlib import closing
from pathlib import Path

from tickiti_server.store.helpdesk import attachments
from tickiti_server.store.open import prepare_database
from tickiti_server.store.sqlite.connection import SqliteTransaction, connect_writer


def test_attachments_of_any_number_of_responses_are_found(tmp_path: Path) -> None:
    path = tmp_path / "tickiti.db"
    prepare_database(path)
    with closing(connect_writer(path)) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        tx = SqliteTransaction(connection)
        wanted = [*range(1, 2 * attachments.IDS_AT_ONCE + 2)]
        having = (1, attachments.IDS_AT_ONCE, attachments.IDS_AT_ONCE + 1, wanted[-1])
        for response_id in (*having, wanted[-1] + 1):
            for name in ("b.txt", "a.txt"):
                attachments.insert_attachment(
                    tx,
                    response_id=response_id,
                    name=name,
                    mime_type="text/plain",
                    file_size=1,
                    sha256="0" * 64,
                    is_inline=False,
                    content=b"x",
                )
        found = attachments.list_attachments(tx, wanted)
        assert [(row["response_id"], row["name"]) for row in found] == [
            (response_id, name) for response_id in having for name in ("b.txt", "a.txt")
        ]
        assert attachments.list_attachments(tx, []) == []
