"""Who takes part in a ticket in addition to its originator: shown, added and removed."""

from collections.abc import Sequence

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.api.call import Call
from tickiti_server.api.tickets.bodies.respond import Person
from tickiti_server.store.helpdesk import people
from tickiti_server.store.helpdesk import tickets as stored
from tickiti_server.store.interface import Row
from tickiti_server.store.operations.audit import Change


def change(
    call: Call, ticket: Row, add: Sequence[str], remove: Sequence[str], *, field: str
) -> list[Change]:
    """Add and remove participants and return the changes. Unknown addresses become customers.

    Raises ValidationFailed for `field` where the originator is to be removed.
    """
    changes = []
    for email in remove:
        person = people.find_person(call.tx, email)
        if person is not None and person["id"] == ticket["originator_id"]:
            sentence = f"The {field} field names the originator, who always takes part."
            raise ValidationFailed.of(field, sentence)
        if person is not None and stored.remove_participant(call.tx, ticket["id"], person["id"]):
            changes.append(Change("participant_removed", person["email"], None))
    for email in add:
        person = people.find_or_add_person(call.tx, email, now=call.now)
        if person["id"] != ticket["originator_id"] and stored.add_participant(
            call.tx, ticket["id"], person["id"]
        ):
            changes.append(Change("participant_added", None, person["email"]))
    return changes


def shown(call: Call, ticket: Row) -> list[Person]:
    """The originator first, then the others by their ids."""
    return [
        {
            "id": str(row["id"]),
            "name": row["name"],
            "email": row["email"],
            "is_staff": bool(row["is_staff"]),
        }
        for row in stored.list_participants(call.tx, ticket["id"])
    ]
