"""Stores images that a template or a stock response refers to by `cid:`: table `text_image`."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from tickiti_server.rendering.images import Image
from tickiti_server.store.interface import Row, Transaction


class Owner(StrEnum):
    """The kind of text that an image belongs to, by its column."""

    TEMPLATE = "template_id"
    STOCK_RESPONSE = "stock_response_id"


_INSERT = """
INSERT INTO text_image ({owner}, cid, name, mime_type, file_size, sha256, content, uploaded_at)
VALUES (:owner_id, :cid, :name, :mime_type, :file_size, :sha256, :content, :now)
ON CONFLICT (cid) DO UPDATE SET uploaded_at = excluded.uploaded_at
"""

_UNUSED = """
NOT EXISTS (SELECT 1 FROM template t WHERE t.id = template_id AND instr(t.content, cid) > 0)
AND NOT EXISTS (SELECT 1 FROM stock_response s
                 WHERE s.id = stock_response_id AND instr(s.content, cid) > 0)
"""
"""No content refers to the image."""


def cid_of(owner: Owner, owner_id: int, sha256: str) -> str:
    """The reference of an image. The same bytes have one reference in each text."""
    return f"{sha256[:32]}.{owner_id}.{owner.removesuffix('_id')}"


def insert_image(tx: Transaction, owner: Owner, owner_id: int, image: Image, *, now: int) -> str:
    """Insert an image unless the text has it, and return its reference."""
    cid = cid_of(owner, owner_id, image.sha256)
    values = {
        "owner_id": owner_id,
        "cid": cid,
        "name": image.name,
        "mime_type": image.mime_type,
        "file_size": len(image.content),
        "sha256": image.sha256,
        "content": image.content,
        "now": now,
    }
    tx.execute(_INSERT.format(owner=owner), values)
    return cid


def list_images(tx: Transaction, owner: Owner, owner_ids: Iterable[int]) -> Sequence[Row]:
    """Return the images of some texts, with their bytes."""
    ids = {f"id{at}": owner_id for at, owner_id in enumerate(owner_ids)}
    if not ids:
        return ()
    names = ", ".join(f":{name}" for name in ids)
    sql = f"SELECT cid, mime_type, content FROM text_image WHERE {owner} IN ({names})"
    return tx.all(sql, ids)


def list_unused_images(tx: Transaction, before: int, *, most: int) -> Sequence[int]:
    """The ids of the first images that no content refers to, uploaded before a moment."""
    sql = (
        f"SELECT id FROM text_image WHERE uploaded_at < :before AND {_UNUSED}"
        " ORDER BY id LIMIT :most"
    )
    return [row["id"] for row in tx.all(sql, {"before": before, "most": most})]


def delete_unused_image(tx: Transaction, image_id: int, before: int) -> None:
    """Delete an image, unless a content refers to it by now or it was uploaded again."""
    sql = f"DELETE FROM text_image WHERE id = :id AND uploaded_at < :before AND {_UNUSED}"
    tx.execute(sql, {"id": image_id, "before": before})


def retire_unused_images(tx: Transaction) -> int:
    """Let the purge delete every unused image at once, and return their number."""
    return tx.execute(f"UPDATE text_image SET uploaded_at = 0 WHERE uploaded_at > 0 AND {_UNUSED}")
