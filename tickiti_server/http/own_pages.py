"""Pages of the server that are not endpoints: health, readiness, API documentation."""

import asyncio
import re
from collections.abc import Mapping
from functools import cached_property
from time import perf_counter

from starlette.types import Receive, Scope, Send

from tickiti_cli.contract.bundled.page import ROOT
from tickiti_cli.contract.endpoint import (
    DATABASE_CHECK,
    INDEXED_PERCENT,
    RUNNING,
    UNSAFE_SETTINGS,
    V1,
)
from tickiti_cli.contract.errors import ApiError, MethodNotAllowed, NotFound
from tickiti_server.api.handler import Handler
from tickiti_server.auth.web_origin import is_loopback_name
from tickiti_server.documentation.openapi.document import describe
from tickiti_server.documentation.page import page
from tickiti_server.http.reply import Reply
from tickiti_server.http.reply_sender import LONG_REPLY, respond
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.idempotency.minted_keys import signing_secret
from tickiti_server.identifiers import new_request_id
from tickiti_server.store.interface import IndexProgress, Transaction
from tickiti_server.validation import strict_json
from tickiti_server.validation.json_schema import Schema

ANY_BASE_URL = b"http://any.invalid"
"""Placeholder for the client's base URL in documents that are made once."""

DOCS = "/_tickiti/docs"
PAGE = f"{ROOT}/tickets"
NEVER_STALE = {"Cache-Control": "no-cache"}

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


class UnknownPath:
    """Answers 404 for a path without a route. Base of the other pages."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = RequestContext(scope, receive, new_request_id(), perf_counter())
        try:
            reply = await self.reply(context)
            if len(reply.body) > LONG_REPLY:
                self._services.body_memory.require(len(reply.body))
        except ApiError as error:
            is_v1 = context.path.startswith(V1)
            reply = Reply.failure(error, context.request_id, is_v1=is_v1)
        await respond(reply, context, send, self._services)

    async def reply(self, context: RequestContext) -> Reply:  # noqa: ARG002
        raise NotFound


class Front(UnknownPath):
    """Redirects a browser from `/` to the page, or to the documentation if there is none."""

    async def reply(self, context: RequestContext) -> Reply:
        if context.scope["method"] not in ("GET", "HEAD"):
            raise NotFound
        _refuse_other_names(context, self._services)
        has_page = self._services.page_sessions is not None
        return Reply(303, b"", {"Location": PAGE if has_page else DOCS})


class Health(UnknownPath):
    """Answers 200 while the process runs."""

    async def reply(self, context: RequestContext) -> Reply:
        method = context.scope["method"]
        if method not in ("GET", "HEAD"):
            raise MethodNotAllowed(method, ("GET", "HEAD"))
        _refuse_other_names(context, self._services)
        return Reply(200, strict_json.encode({"ok": True}))


def _refuse_other_names(context: RequestContext, services: Services) -> None:
    """Raise NotFound if a web page elsewhere may have pointed its own name at this machine."""
    is_named = is_loopback_name(context.values(b"host"))
    if services.settings.is_local and not is_named:
        raise NotFound


class Readiness(Health):
    """Answers 200 while the database can be read, with what a server works at beside its requests:
    the share of texts that are indexed, where searches wait for it, and the check of a database
    after a server of it was killed; and the settings by which a power cut would lose tickets."""

    async def reply(self, context: RequestContext) -> Reply:
        healthy = await super().reply(context)
        index = await self._services.database.read(_index_progress, quick=True)
        members: dict[str, object] = {}
        headers: dict[str, str] = {}
        if not index.is_ready:
            members["text_index_percent"] = index.percent
            headers[INDEXED_PERCENT] = str(index.percent)
        if self._services.database.is_being_checked:
            members["database_check"] = headers[DATABASE_CHECK] = RUNNING
        durability = self._services.durability
        if durability is not None and durability.unsafe:
            members["unsafe_settings"] = durability.unsafe
            headers[UNSAFE_SETTINGS] = ", ".join(durability.unsafe)
        if not members:
            return healthy
        return Reply(200, strict_json.encode({"ok": True, **members}), headers)


def _index_progress(tx: Transaction) -> IndexProgress:
    signing_secret(tx)
    return tx.text_index.progress()


class Description(Health):
    """Serves two OpenAPI documents: one of what to send, one of all that is accepted. Each is made
    on its first request."""

    def __init__(self, services: Services, handlers: Mapping[str, Handler]) -> None:
        super().__init__(services)
        self._handlers = handlers

    async def reply(self, context: RequestContext) -> Reply:
        await super().reply(context)
        accepted = context.scope["query_string"] == b"accepted"
        made = await asyncio.to_thread(lambda: self._accepted if accepted else self._made)
        return made._replace(body=made.body.replace(ANY_BASE_URL, base_url(context.scope)))

    @cached_property
    def _made(self) -> Reply:
        return self._make(describe(self._handlers, ANY_BASE_URL.decode()))

    @cached_property
    def _accepted(self) -> Reply:
        return self._make(describe(self._handlers, ANY_BASE_URL.decode(), accepted=True))

    def _make(self, document: Schema) -> Reply:
        return Reply(200, strict_json.encode(document), NEVER_STALE)


class Documentation(Description):
    """The API documentation as an HTML page, of all that is accepted."""

    @cached_property
    def _made(self) -> Reply:
        return self._accepted

    def _make(self, document: Schema) -> Reply:
        headers = {
            **NEVER_STALE,
            "Content-Security-Policy": page.content_security_policy(),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        html = page.render(document, self._services.settings)
        return Reply(200, html, headers, media_type=b"text/html; charset=utf-8")


def base_url(scope: Scope) -> bytes:
    """The base URL that the client used: by its Host header if that is a valid host."""
    named: bytes = next((value for name, value in scope["headers"] if name == b"host"), b"")
    if not _HOST.fullmatch(named):
        host, port = scope.get("server") or ("127.0.0.1", 0)
        named = f"[{host}]:{port}".encode() if ":" in host else f"{host}:{port}".encode()
    return f"{scope['scheme']}://".encode() + named
