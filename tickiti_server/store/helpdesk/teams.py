"""Groups of staff that tickets are assigned to: `team`, `team_member`."""

from collections.abc import Iterable, Sequence

from tickiti_server.rendering.case_folding import case_key
from tickiti_server.store.interface import Row, Transaction

_MEMBERS = """
SELECT m.team_id, p.id, p.name, p.email
  FROM team_member m JOIN person p ON p.id = m.person_id
 ORDER BY m.team_id, p.id
"""


def find_team(tx: Transaction, team_id: int) -> Row | None:
    return tx.one("SELECT id, name FROM team WHERE id = :id", {"id": team_id})


def find_team_by_name(tx: Transaction, name: str) -> Row | None:
    """The one team of a name, compared without case."""
    return tx.one("SELECT id, name FROM team WHERE name_key = :key", {"key": case_key(name)})


def list_teams(tx: Transaction) -> Sequence[Row]:
    """The teams by creation."""
    return tx.all("SELECT id, name FROM team ORDER BY id")


def list_team_members(tx: Transaction) -> Sequence[Row]:
    """The members of every team: `team_id` and the person's id, name and email."""
    return tx.all(_MEMBERS)


def insert_team(tx: Transaction, name: str) -> int:
    return tx.insert(
        "INSERT INTO team (name, name_key) VALUES (:name, :key)",
        {"name": name, "key": case_key(name)},
    )


def rename_team(tx: Transaction, team_id: int, name: str) -> None:
    tx.execute(
        "UPDATE team SET name = :name, name_key = :key WHERE id = :id",
        {"id": team_id, "name": name, "key": case_key(name)},
    )


def set_team_members(tx: Transaction, team_id: int, person_ids: Iterable[int]) -> None:
    """Replace the members of a team."""
    tx.execute("DELETE FROM team_member WHERE team_id = :id", {"id": team_id})
    for person_id in person_ids:
        tx.execute(
            "INSERT INTO team_member (team_id, person_id) VALUES (:team_id, :person_id)"
            " ON CONFLICT DO NOTHING",
            {"team_id": team_id, "person_id": person_id},
        )


def has_unclosed_tickets(tx: Transaction, team_id: int) -> bool:
    """Whether a ticket that is not closed is assigned to the team. Deleted ones count, because they
    can be restored."""
    sql = "SELECT 1 FROM ticket WHERE team_id = :id AND status <> 'closed' LIMIT 1"
    return tx.one(sql, {"id": team_id}) is not None


def delete_team(tx: Transaction, team_id: int) -> None:
    """Delete a team; closed tickets that it had belong to nobody afterwards."""
    tx.execute("UPDATE ticket SET team_id = NULL WHERE team_id = :id", {"id": team_id})
    tx.execute("DELETE FROM team WHERE id = :id", {"id": team_id})
