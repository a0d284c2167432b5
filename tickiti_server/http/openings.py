"""create_ticket as one value, which a database may store in its own, shorter way."""

from collections.abc import Callable

from tickiti_server.api.handler import Handler
from tickiti_server.clock import DAY
from tickiti_server.http.bodies.decode import HandlerArguments
from tickiti_server.http.reply import Reply, succeeded
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.idempotency.fingerprint import FINGERPRINT_VERSION
from tickiti_server.idempotency.keys import KeyClaim
from tickiti_server.store.opening import Opening, Stamp


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

    def reply(number: int, ticket_id: int) -> bytes:
        return succeeded(handler.row, new.reply(number=number, ticket_id=ticket_id)).body

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
        reply,
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
