"""Subjects and excluded addresses of fetched mail in the v1 API.

They are kept and shown, because the bundled server fetches no mail.
"""

from tickiti_cli.contract.v1 import mail as contract
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Created, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.mail.bodies.filters import (
    CreateExcluded,
    CreateSubject,
    DeleteFilter,
    Excluded,
    Subject,
)
from tickiti_server.store.outgoing import mail_filters as stored


@handles(contract.subjects_index)
def subjects(call: Call) -> list[Subject]:
    """List the subjects. They are stored; the bundled server fetches no mail."""
    return [
        {"id": str(row["id"]), "subject": row["subject"]} for row in stored.list_subjects(call.tx)
    ]


@handles(contract.subjects_create)
def create_subject(call: Call, body: CreateSubject) -> Created:
    """Add a subject. An existing one, ignoring case, is returned."""
    return {"ok": True, "id": str(stored.add_subject(call.tx, body.subject))}


@handles(contract.subjects_delete)
def delete_subject(call: Call, body: DeleteFilter) -> Done:
    """Delete a subject. Deleting what does not exist succeeds."""
    stored.delete_subject(call.tx, body.id)
    return DONE


@handles(contract.excluded_index)
def excluded(call: Call) -> list[Excluded]:
    """List the excluded addresses. They are stored; the bundled server fetches no mail."""
    return [{"id": str(row["id"]), "email": row["email"]} for row in stored.list_excluded(call.tx)]


@handles(contract.excluded_create)
def create_excluded(call: Call, body: CreateExcluded) -> Created:
    """Add an excluded address or domain. An existing one, ignoring case, is returned."""
    return {"ok": True, "id": str(stored.add_excluded(call.tx, body.email))}


@handles(contract.excluded_delete)
def delete_excluded(call: Call, body: DeleteFilter) -> Done:
    """Delete an excluded address. Deleting what does not exist succeeds."""
    stored.delete_excluded(call.tx, body.id)
    return DONE
