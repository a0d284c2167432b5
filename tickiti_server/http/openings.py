"""create_ticket as one value, which a database may store in its own, shorter way."""

from collections.abc import Callable
from typing import Any

from tickiti_cli.contract.endpoint import Endpoint
from tickiti_server.api.handler import Handler
from tickiti_server.clock import DAY
from tickiti_server.http.bodies.decode import HandlerArguments
from tickiti_server.http.reply import Reply, succeeded
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.idempotency.fingerprint import FINGERPRINT_VERSION
from tickiti_server.idempotency.keys import KeyClaim
from tickiti_server.store.opening import Opening, Stamp

NUMBER, TICKET_ID = -1_234_567_891, -1_234_567_892
"""Stand for the number and the id in the reply, until the database has chosen them."""


def opening_of(
    handler: Handler,
    arguments: HandlerArguments,
    context: RequestContext,
    claim: KeyClaim | None,
    services: Services,
) -> Opening | None:
    """What a request stores if nothing is unusual. None: its handler says."""
    authenticated = context.authenticated
    if claim is None or handler.as_opening is None or authenticated is None:
        return None
    new = handler.as_opening(context.caller, *arguments)
    if new is None:
        return None

    def stamp() -> Stamp | None:
        now = services.clock()
        is_late = claim.fresh_until is not None and now > claim.fresh_until
        if is_late or not authenticated.token.is_live(now):
            return None
        return Stamp(now, services.running_time.now())

    return Opening(
        claim.family_id,
        claim.key_sha256,
        claim.hint,
        claim.operation,
        FINGERPRINT_VERSION,
        claim.raw,
        claim.canon,
        context.request_id,
        *new,
        _pieces(handler.row, new.reply),
        authenticated.as_of,
        stamp,
    )


async def open_ticket(
    opening: Opening, otherwise: Callable[..., Reply], services: Services
) -> Reply:
    """The reply of the opened ticket, or that of `otherwise` in a transaction."""
    opened = await services.database.open_ticket(opening, otherwise)
    if isinstance(opened, Reply):
        return opened
    return Reply(200, opened.reply).until(opened.at + services.settings.key_days * DAY)


def _pieces(row: Endpoint, reply: Callable[..., Any]) -> tuple[bytes, bytes, bytes]:
    """The reply around the ticket's number and id, which come in this order."""
    whole = succeeded(row, reply(number=NUMBER, ticket_id=TICKET_ID)).body
    before_number, _, rest = whole.partition(b"%d" % NUMBER)
    before_id, _, behind_id = rest.partition(b"%d" % TICKET_ID)
    return before_number, before_id, behind_id
