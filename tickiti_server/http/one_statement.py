"""create_ticket as one statement, where a database offers that and nothing about it is unusual."""

from collections.abc import Callable
from typing import Any

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_server.api.handler import NewTicket
from tickiti_server.clock import DAY
from tickiti_server.http.reply import Reply, succeeded
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.idempotency.fingerprint import FINGERPRINT_VERSION
from tickiti_server.idempotency.keys import KeyClaim
from tickiti_server.store.opening import Opening

NUMBER, TICKET_ID = -1_234_567_891, -1_234_567_892
"""Stand for the number and the id in the reply, until the database has chosen them."""


async def open_ticket(
    row: Endpoint,
    new: NewTicket,
    *,
    context: RequestContext,
    claim: KeyClaim,
    services: Services,
) -> Reply | None:
    """The reply of a ticket that was stored. None: nothing was, and the handler decides."""
    now, authenticated = services.clock(), context.authenticated
    if authenticated is None or not authenticated.token.is_live(now):
        return None
    if claim.fresh_until is not None and now > claim.fresh_until:
        return None
    opening = Opening(
        family_id=claim.family_id,
        key_sha256=claim.key_sha256,
        key_hint=claim.hint,
        operation=claim.operation,
        fp_version=FINGERPRINT_VERSION,
        fp_raw=claim.raw,
        fp_canon=claim.canon,
        request_id=context.request_id,
        now=now,
        ran_at=services.running_time.now(),
        **new._asdict(),
        reply=_pieces(row, new.reply),
    )
    body = await services.database.open_ticket(opening, tokens_as_of=authenticated.as_of)
    if body is None:
        return None
    return Reply(200, body).until(now + services.settings.key_days * DAY)


def _pieces(row: Endpoint, reply: Callable[..., Any]) -> tuple[bytes, bytes, bytes]:
    """The reply around the ticket's number and id, which come in this order."""
    whole = succeeded(row, reply(number=NUMBER, ticket_id=TICKET_ID)).body
    before_number, _, rest = whole.partition(b"%d" % NUMBER)
    before_id, _, behind_id = rest.partition(b"%d" % TICKET_ID)
    return before_number, before_id, behind_id
