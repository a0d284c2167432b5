"""The page at /_tickiti/page: what the server holds, for a person with a browser.

Rules: it answers GET alone and changes nothing. Every path but the style, the script and the link
itself asks for a session. A web page elsewhere gets nothing (`auth/web_origin.py`). The views and
their templates are imported when the first of them is asked for.
"""

import asyncio
import time
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from tickiti_cli.contract.bundled.page import ROOT, View, link
from tickiti_cli.contract.errors import (
    ApiError,
    Forbidden,
    MethodNotAllowed,
    NotFound,
    ServerError,
)
from tickiti_server.api.call import Call
from tickiti_server.auth import authenticate
from tickiti_server.auth.page_sessions import PageSessions, Session
from tickiti_server.auth.web_origin import is_from_elsewhere, is_loopback_name
from tickiti_server.http.own_pages import base_url
from tickiti_server.http.reply import Reply
from tickiti_server.http.reply_sender import LONG_REPLY, respond
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.identifiers import new_request_id
from tickiti_server.logs import setup
from tickiti_server.page import routes
from tickiti_server.page.events import Events
from tickiti_server.page.templating import Asked
from tickiti_server.shutdown import ShutdownDeadline
from tickiti_server.store.interface import Transaction

MOST_FIELDS = 50
"""Fields of a query."""


class PageApp:
    """Answers every path below ROOT: an ASGI application."""

    def __init__(
        self, services: Services, sessions: PageSessions, ending: ShutdownDeadline
    ) -> None:
        self._services = services
        self._sessions = sessions
        self._events = Events(services, ending)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = RequestContext(scope, receive, new_request_id(), time.perf_counter())
        reply = await self._safely(context)
        if reply is None:
            await self._events.stream(context, send)
        else:
            await respond(reply, context, send, self._services)

    async def _safely(self, context: RequestContext) -> Reply | None:
        """The reply, or None for the stream of events."""
        try:
            return await self._answer(context)
        except (ApiError, asyncio.CancelledError) as error:
            failure = error if isinstance(error, ApiError) else ServerError()
        except Exception:  # noqa: BLE001 - a bug becomes a logged 500
            setup.errors.exception("request=%s failed", context.request_id)
            failure = ServerError()
        return routes.failure(failure)

    async def _answer(self, context: RequestContext) -> Reply | None:
        method, parts = context.scope["method"], _parts(context.path)
        if method not in ("GET", "HEAD"):
            raise MethodNotAllowed(method, ("GET", "HEAD"))
        self._refuse_others(context)
        match parts:
            case ["static", name]:
                return routes.static_file(name)
            case ["open"]:
                return self._open(context)
            case [] | [""]:
                return Reply(303, b"", {"Location": f"{ROOT}/{View.TICKETS}"})
        session = self._session(context)
        if session is None:
            return routes.sign_in()
        if parts == ["events"]:
            await self._refuse_stream(context, session)
            return None
        asked = Asked(tuple(parts), _query(context), base_url(context.scope).decode())
        reply = await self._services.database.read(
            lambda tx: routes.show(self._call(tx, context, session), asked, self._services),
            lane=(ROOT, session.token_id),
        )
        if len(reply.body) > LONG_REPLY:
            self._services.body_memory.require(len(reply.body))
        return reply

    def _refuse_others(self, context: RequestContext) -> None:
        """Raise Forbidden for a request of a web page elsewhere."""
        is_named = is_loopback_name(context.values(b"host"))
        if self._services.settings.is_local and not is_named:
            raise Forbidden("This page is shown under an address of this machine alone.")
        if is_from_elsewhere(context.scope["headers"], context.scope["scheme"]):
            raise Forbidden("Another web page asked for this one.")

    def _open(self, context: RequestContext) -> Reply:
        """Redeem a link. A browser that only fetches in advance, and HEAD, do not use it up."""
        is_early = bool(context.values(b"sec-purpose") or context.values(b"purpose"))
        if is_early or context.scope["method"] == "HEAD":
            raise Forbidden("A link is opened by a person alone.")
        found = self._sessions.redeem(_query(context).get("code", ""))
        if found is None:
            return routes.sign_in(is_used=True)
        secret, view = found
        secure = "; Secure" if context.scope["scheme"] == "https" else ""
        cookie = f"{self._sessions.cookie}={secret}; Path={ROOT}; HttpOnly; SameSite=Strict{secure}"
        return routes.opened(view, cookie)

    def _session(self, context: RequestContext) -> Session | None:
        """The first cookie that opens one. The cookies of other programs on this host, which come
        along, may have any form."""
        pairs = b";".join(context.values(b"cookie")).decode("latin-1").split(";")
        for name, _, secret in (pair.strip().partition("=") for pair in pairs):
            if name == self._sessions.cookie and (found := self._sessions.find(secret)):
                return found
        return None

    async def _refuse_stream(self, context: RequestContext, session: Session) -> None:
        """Raise ApiError unless the session's token may still see the page."""
        if context.scope["method"] != "GET":
            raise MethodNotAllowed(context.scope["method"], ("GET",))
        await self._services.database.read(
            lambda tx: self._call(tx, context, session), lane=(ROOT, session.token_id)
        )

    def _call(self, tx: Transaction, context: RequestContext, session: Session) -> Call:
        """A call with the rights of the session's token. Raises Unauthenticated and Forbidden."""
        services = self._services
        now = services.clock()
        caller = authenticate.live_caller(tx, session.token_id, address=context.address, now=now)
        authenticate.authorise(link, caller, ())
        context.caller = caller
        return Call(
            tx=tx,
            caller=caller,
            now=now,
            key_minter=services.key_minter,
            request_log=services.request_log,
            request_id=context.request_id,
            without_plans=services.settings.without_plans,
            task_runs=services.task_runs,
        )


def _parts(path: str) -> list[str]:
    rest = path.removeprefix(ROOT)
    if rest and not rest.startswith("/"):
        raise NotFound
    return rest.split("/")[1:]


def _query(context: RequestContext) -> Mapping[str, str]:
    """The last value of each field; nothing if there are too many fields."""
    try:
        text = context.scope["query_string"].decode("latin-1")
        return dict(parse_qsl(text, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}
