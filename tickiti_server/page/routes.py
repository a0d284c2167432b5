"""The views of the page by path, and the pages beside them: sign-in, errors."""

from collections.abc import Callable

from pydantic import ValidationError

from tickiti_cli.contract.bundled.page import ROOT
from tickiti_cli.contract.errors import ApiError, Forbidden, NotFound, Unauthenticated
from tickiti_server.api.call import Call
from tickiti_server.clock import rfc3339
from tickiti_server.http.reply import Reply
from tickiti_server.http.services import Services
from tickiti_server.page import frames, templating
from tickiti_server.page.templating import Asked, Shown
from tickiti_server.page.views import (
    callbacks,
    faults,
    outbox,
    requests,
    tickets,
    tokens,
)
from tickiti_server.validation import error_body

NAMES = {
    "tickets": "Tickets",
    "outbox": "Mail",
    "requests": "Requests",
    "callbacks": "Webhooks",
    "tokens": "Tokens",
    "faults": "Faults",
}
"""The views in their order, as the navigation names them."""

View = Callable[[Call, Asked], Shown | Reply]

LISTS: dict[str, View] = {
    "tickets": tickets.index,
    "outbox": outbox.index,
    "requests": requests.index,
    "callbacks": callbacks.index,
    "tokens": tokens.index,
    "faults": faults.index,
}
ITEMS: dict[str, View] = {
    "tickets": tickets.show,
    "outbox": outbox.show,
    "requests": requests.show,
    "callbacks": callbacks.show,
}
PARTS: dict[tuple[str, str], View] = {
    ("tickets", "responses"): frames.response,
    ("tickets", "files"): frames.file,
    ("outbox", "html"): frames.mail,
}


def show(call: Call, asked: Asked, services: Services) -> Reply:
    """The reply with a view. Raises ApiError."""
    try:
        shown = _view(asked.parts)(call, asked)
    except ValidationError as error:
        raise error_body.validation_failed(error) from None
    if isinstance(shown, Reply):
        return shown
    layout = {
        "view": asked.parts[0],
        "names": NAMES,
        "base_url": asked.base_url,
        "now": rfc3339(call.now),
        "is_test_mode": services.settings.is_test_mode,
        "clock": services.movable_clock.state if services.movable_clock else None,
    }
    return templating.page(shown, more=layout)


def _view(parts: tuple[str, ...]) -> View:
    match parts:
        case (name,) if name in LISTS:
            return LISTS[name]
        case (name, _) if name in ITEMS:
            return ITEMS[name]
        case (name, _, kind) | (name, _, kind, _) if (name, kind) in PARTS:
            return PARTS[name, kind]
    raise NotFound


def static_file(name: str) -> Reply:
    found = templating.static_file(name)
    if found is None:
        raise NotFound
    return found


def sign_in(*, is_used: bool = False) -> Reply:
    """The page without a session: how to open one."""
    return templating.page(Shown("sign_in.html", {"is_used": is_used}), status=403)


def opened(view: str, cookie: str) -> Reply:
    """The reply to a link: a page that leads to the view.

    It does not redirect: a browser would follow without the cookie if another site, such as a
    terminal in a browser, showed the link.
    """
    return templating.page(Shown("opened.html", {"path": f"{ROOT}/{view}"}), cookie=cookie)


def failure(error: ApiError) -> Reply:
    """The page that shows an error."""
    if isinstance(error, Unauthenticated):
        return sign_in()
    values = {"message": error.message, "is_refused": isinstance(error, Forbidden)}
    reply = templating.page(Shown("failure.html", values), status=error.status)
    return reply._replace(headers={**reply.headers, **error_body.headers(error)}, code=error.code)
