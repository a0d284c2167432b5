"""The files of a seed, stored as their uploads do. The client has put their bytes into the seed."""

import base64
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from tickiti_cli.contract.file_types import media_type
from tickiti_server.api.call import Call
from tickiti_server.api.seeds.entries import Entry
from tickiti_server.api.seeds.refused import SeedRefused
from tickiti_server.api.seeds.sender import SeedSender
from tickiti_server.store.files import uploads


def stored_files(sender: SeedSender, entry: Entry) -> list[dict[str, str]]:
    """Store the attachments of an entry, and return what its request names. Raises SeedRefused."""
    return [_stored(sender.call(entry), entry, one) for one in entry.fields.get("attachments", [])]


def _stored(call: Call, entry: Entry, attachment: Mapping[str, Any]) -> dict[str, str]:
    try:
        name, content = attachment["name"], base64.b64decode(attachment["content_base64"])
    except (KeyError, TypeError, ValueError):
        raise SeedRefused(f"{entry.where}: attachments: not a file") from None
    if not content:
        raise SeedRefused(f"{entry.where}: attachments: File '{name}' is empty.")
    digest = sha256(content).hexdigest()
    row = uploads.find_file(call.tx, digest)
    file_id = int(row["id"]) if row else _upload(call, name, content, digest)
    family_id = call.caller.family_id
    uploads.note_upload(call.tx, file_id, family_id=family_id, name=name, now=call.now)
    return {"sha256": digest, "name": name}


def _upload(call: Call, name: str, content: bytes, digest: str) -> int:
    file_id = None
    for position, start in enumerate(range(0, len(content), uploads.PIECE)):
        piece = content[start : start + uploads.PIECE]
        file_id = uploads.append_piece(
            call.tx, file_id, position=position, content=piece, now=call.now
        )
    assert file_id is not None
    uploads.complete_file(
        call.tx, file_id, sha256=digest, file_size=len(content),
        mime_type=media_type(content, name), now=call.now,
    )  # fmt: skip
    return file_id
