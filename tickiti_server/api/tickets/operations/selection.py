"""The responses that a request names by their ids, and the tickets that they are on."""

from collections.abc import Sequence
from typing import NamedTuple

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.api.call import Call
from tickiti_server.api.tickets.responses import find_response
from tickiti_server.store.helpdesk.responses import BodyParts
from tickiti_server.store.interface import Row

WITHOUT_BODY = BodyParts(html=False, text=False)


class Selection(NamedTuple):
    """Responses in the order of the request, and their tickets."""

    responses: list[Row]
    tickets: list[Row]


def find_selection(call: Call, response_ids: Sequence[int]) -> Selection:
    """The responses of these ids, each once. Raises ResponseNotFound, and ValidationFailed for a
    response that only records changes."""
    responses: list[Row] = []
    found: dict[int, Row] = {}
    for response_id in dict.fromkeys(response_ids):
        row, ticket = find_response(call, response_id, parts=WITHOUT_BODY)
        if row["is_audit_only"]:
            sentence = f"Response {response_id} only records changes and stays on its ticket."
            raise ValidationFailed.of("response_ids", sentence)
        responses.append(row)
        found.setdefault(ticket["id"], ticket)
    return Selection(responses, [*found.values()])
