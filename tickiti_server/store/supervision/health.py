"""Stores what the health of an install depends on: tables `health_disk`, `health_exception`."""

from collections.abc import Sequence

from tickiti_server.store.interface import Row, Transaction

_DISKS = "SELECT id, root_path, min_free_space, warn_free_space FROM health_disk"
_EXCEPTIONS = "SELECT id, pattern, description FROM health_exception"

_INSERT_DISK = """
INSERT INTO health_disk (root_path, min_free_space, warn_free_space)
VALUES (:root_path, :min_free_space, :warn_free_space)
"""

_UPDATE_DISK = """
UPDATE health_disk
   SET root_path = :root_path, min_free_space = :min_free_space, warn_free_space = :warn_free_space
 WHERE id = :id
"""

_INSERT_EXCEPTION = """
INSERT INTO health_exception (pattern, description) VALUES (:pattern, :description)
"""

_UPDATE_EXCEPTION = """
UPDATE health_exception SET pattern = :pattern, description = :description WHERE id = :id
"""


def list_disks(tx: Transaction) -> Sequence[Row]:
    return tx.all(f"{_DISKS} ORDER BY id")


def find_disk(tx: Transaction, disk_id: int) -> Row | None:
    return tx.one(f"{_DISKS} WHERE id = :id", {"id": disk_id})


def find_disk_by_path(tx: Transaction, root_path: str) -> Row | None:
    return tx.one(f"{_DISKS} WHERE root_path = :root_path", {"root_path": root_path})


def insert_disk(tx: Transaction, **columns: object) -> int:
    return tx.insert(_INSERT_DISK, columns)


def update_disk(tx: Transaction, disk_id: int, **columns: object) -> None:
    tx.execute(_UPDATE_DISK, {**columns, "id": disk_id})


def delete_disk(tx: Transaction, disk_id: int) -> None:
    tx.execute("DELETE FROM health_disk WHERE id = :id", {"id": disk_id})


def list_exceptions(tx: Transaction) -> Sequence[Row]:
    return tx.all(f"{_EXCEPTIONS} ORDER BY id")


def find_exception(tx: Transaction, exception_id: int) -> Row | None:
    return tx.one(f"{_EXCEPTIONS} WHERE id = :id", {"id": exception_id})


def find_exception_by_pattern(tx: Transaction, pattern: str) -> Row | None:
    return tx.one(f"{_EXCEPTIONS} WHERE pattern = :pattern", {"pattern": pattern})


def insert_exception(tx: Transaction, **columns: object) -> int:
    return tx.insert(_INSERT_EXCEPTION, columns)


def update_exception(tx: Transaction, exception_id: int, **columns: object) -> None:
    tx.execute(_UPDATE_EXCEPTION, {**columns, "id": exception_id})


def delete_exception(tx: Transaction, exception_id: int) -> None:
    tx.execute("DELETE FROM health_exception WHERE id = :id", {"id": exception_id})
