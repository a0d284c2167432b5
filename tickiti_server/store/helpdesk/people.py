"""Stores people by e-mail address: table `person`. Addresses are compared without case."""

from collections.abc import Sequence

from tickiti_server.rendering.case_folding import address_key
from tickiti_server.store.interface import Row, Transaction

SYSTEM = 1
"""Id of the built-in system user, for whom the server itself acts."""

_INSERT = """
INSERT INTO person (email, email_key, created_at) VALUES (:email, :email_key, :created_at)
ON CONFLICT (email_key) DO NOTHING
"""

_FIND = "SELECT id, email, role >= 1 AS is_staff FROM person WHERE email_key = :key"

_COLUMNS = "id, email, name, role, is_sysadmin, tonic_notifications, is_api_user,\
 id = 1 AS built_in"

_SET_USER = """
UPDATE person
   SET name = :name, role = :role, is_sysadmin = :is_sysadmin,
       tonic_notifications = :tonic_notifications, is_api_user = :is_api_user
 WHERE id = :id
"""


def find_person(tx: Transaction, email: str) -> Row | None:
    key = address_key(email)
    return tx.one(_FIND, {"key": key})


def find_or_add_person(tx: Transaction, email: str, *, now: int) -> Row:
    """Return the person with this address; add a customer if nobody has the address."""
    row = find_person(tx, email)
    if row is None:
        add_person(tx, email, now=now)
        row = find_person(tx, email)
    assert row is not None
    return row


def add_person(tx: Transaction, email: str, *, now: int) -> int:
    """Add a customer and return the id."""
    new = {"email": email, "email_key": address_key(email), "created_at": now}
    person_id = tx.insert(_INSERT, new)
    if not person_id:  # another writer has added the address since the caller looked for it
        row = find_person(tx, email)
        assert row is not None
        return int(row["id"])
    return person_id


def get_person(tx: Transaction, person_id: int) -> Row:
    """Return an existing person with name and role."""
    row = tx.one(f"SELECT {_COLUMNS} FROM person WHERE id = :id", {"id": person_id})
    assert row is not None
    return row


def find_user(tx: Transaction, person_id: int) -> Row | None:
    """Return a user, which is a person with a name, or None."""
    return tx.one(
        f"SELECT {_COLUMNS} FROM person WHERE id = :id AND name IS NOT NULL", {"id": person_id}
    )


def list_users(tx: Transaction) -> Sequence[Row]:
    """Return staff and API accounts, oldest first, without the built-in system user."""
    return tx.all(
        f"SELECT {_COLUMNS} FROM person"
        " WHERE name IS NOT NULL AND (role > 0 OR is_api_user = 1) ORDER BY id"
    )


def update_user(tx: Transaction, person_id: int, **columns: object) -> None:
    tx.execute(_SET_USER, {**columns, "id": person_id})


def list_staff_addresses(tx: Transaction) -> Sequence[Row]:
    """The id and address of each member of staff, the oldest first, without the system user."""
    return tx.all("SELECT id, email FROM person WHERE role >= 1 AND id <> 1 ORDER BY id")
