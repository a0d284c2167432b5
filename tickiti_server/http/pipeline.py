"""The pipeline of every request: its steps, in the order in which the contract checks them.

limits -> token -> abilities -> rate -> key -> same bytes -> JSON -> stored key -> model ->
preparation -> transaction -> reply
"""

import asyncio
import time
from typing import Any

from starlette.types import Receive, Scope, Send

from tickiti_cli.contract.endpoint import Access, Body, Endpoint
from tickiti_cli.contract.errors import (
    ApiError,
    MethodNotAllowed,
    NotImplementedHere,
    ServerError,
    StorageUnavailable,
    Unavailable,
)
from tickiti_server import crash_points
from tickiti_server.api.call import NO_TRANSACTION
from tickiti_server.api.handler import Handler, Preparation
from tickiti_server.api.one_at_a_time import effect_of
from tickiti_server.auth import authenticate
from tickiti_server.clock import DAY, Microseconds
from tickiti_server.http import openings, stored_replies
from tickiti_server.http.bodies.decode import (
    HUGE,
    HandlerArguments,
    decode,
    fingerprint_of,
    is_small,
    validate,
)
from tickiti_server.http.bodies.memory import Reservation
from tickiti_server.http.bodies.read import read_body, refuse_large
from tickiti_server.http.last_use import note_use
from tickiti_server.http.reply import Reply, succeeded
from tickiti_server.http.reply_sender import LONG_REPLY, respond
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.http.uploads.upload import received
from tickiti_server.idempotency import fingerprint, keys, replay
from tickiti_server.idempotency.keys import KeyClaim
from tickiti_server.identifiers import new_request_id
from tickiti_server.logs import setup
from tickiti_server.store.access import idempotency as stored
from tickiti_server.store.interface import Transaction

_CUT_OFF = "The server has stopped before this was done, or before that was known."


class EndpointApp:
    """Answers one row of the contract: an ASGI application for its route."""

    def __init__(self, row: Endpoint, handler: Handler | None, services: Services) -> None:
        self._row = row
        self._handler = handler
        self._services = services
        self._methods = ("GET", "HEAD") if row.method == "GET" else (row.method,)
        self._write = effect_of(row, self._effect)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context = RequestContext(scope, receive, new_request_id(), time.perf_counter())
        await respond(await self._safely(context), context, send, self._services)

    async def _safely(self, context: RequestContext) -> Reply:
        try:
            return await self._answer(context)
        except ApiError as error:
            return self._failed(error, context)
        except asyncio.CancelledError:  # uvicorn cancels requests when the drain time is over
            return self._failed(StorageUnavailable(_CUT_OFF), context)
        except Exception:  # noqa: BLE001 - a bug becomes a logged 500
            setup.errors.exception(
                "request=%s failed", context.request_id, extra={"request_id": context.request_id}
            )
            return self._failed(ServerError(), context)

    def _failed(self, error: ApiError, context: RequestContext) -> Reply:
        return Reply.failure(error, context.request_id, is_v1=self._row.is_v1)

    async def _answer(self, context: RequestContext) -> Reply:
        crash_points.reached("recv.headers")
        row, services = self._row, self._services
        if context.scope["method"] not in self._methods:
            raise MethodNotAllowed(context.scope["method"], self._methods)
        refuse_large(context.scope, row, services.settings)
        await self._identify(context)
        authenticate.authorise(row, context.caller, services.settings.without_plans)
        crash_points.reached("auth.done")
        self._count(context)
        handler = self._served()
        context.key = keys.key_of(row, context.values(b"idempotency-key"))
        fresh_until = services.key_minter.verify(context.key, row) if context.key else None
        with services.body_memory.reserve() as reservation:
            if row.body is Body.MULTIPART:
                async with received(context, handler, services, reservation) as members:
                    return await self._run(handler, context, members, size=0)
            return await self._carry_out(context, handler, fresh_until, reservation)

    async def _carry_out(
        self,
        context: RequestContext,
        handler: Handler,
        fresh_until: Microseconds | None,
        reservation: Reservation,
    ) -> Reply:
        row, services = self._row, self._services
        raw = await read_body(context.scope, context.receive, row, services.settings, reservation)
        crash_points.reached("recv.body")
        if len(raw) <= HUGE:
            return await self._carry_on(context, handler, fresh_until, raw)
        async with services.work_memory.use(len(raw)):
            return await self._carry_on(context, handler, fresh_until, raw)

    async def _carry_on(
        self,
        context: RequestContext,
        handler: Handler,
        fresh_until: Microseconds | None,
        raw: bytes,
    ) -> Reply:
        row, services, key = self._row, self._services, context.key
        if key is None:
            members, _ = await decode(row, context.scope, raw)
            return await self._run(handler, context, members, len(raw))
        family_id, key_sha256 = context.caller.family_id, fingerprint.digest(key)
        raw_print = await fingerprint_of(row, context.scope, raw)
        is_new = stored_replies.is_new(services, key_sha256)
        if not is_new:
            same = await stored_replies.find_same_bytes(services, family_id, key_sha256, raw_print)
            if same:
                crash_points.reached("fast_read.done")
                return stored_replies.replay_of(services, same)
        members, canon = await decode(row, context.scope, raw)
        operation = f"POST {context.path}"
        claim = KeyClaim(family_id, key, key_sha256, operation, raw_print, canon, fresh_until)
        lock = await services.key_locks.acquire(claim)
        try:
            # Another request with the key may have run while a large body was decoded in a thread.
            is_new = is_new and is_small(context.scope, raw)
            found = None if is_new else await stored_replies.look_up(services, claim)
            crash_points.reached("fast_read.done")
            if found:
                return stored_replies.replay_of(services, found)
            return await self._run_or_replay(handler, context, members, len(raw), claim)
        finally:
            lock.release()

    async def _run_or_replay(
        self,
        handler: Handler,
        context: RequestContext,
        members: dict[str, Any],
        size: int,
        claim: KeyClaim,
    ) -> Reply:
        """Another server may have stored a reply that this one does not know of. It is told even
        where the request would be refused by now."""
        try:
            return await self._run(handler, context, members, size, claim)
        except Unavailable:
            raise
        except ApiError:
            is_shared = self._services.database.is_shared
            found = await stored_replies.look_up(self._services, claim) if is_shared else None
            if found is None:
                raise
        return stored_replies.replay_of(self._services, found)

    async def _identify(self, context: RequestContext) -> None:
        if self._row.access is Access.PUBLIC:
            return
        token_id, secret = authenticate.bearer(context.values(b"authorization"))
        now = self._services.clock()
        authenticated = await self._services.token_cache.authenticate(token_id, secret, now)
        token = authenticated.token
        context.authenticated, context.caller = authenticated, token.caller
        if token.allowed_ip is not None:
            authenticate.refuse_address(token, context.address)
        if token.is_touch_due(now):
            note_use(self._services, token_id, now)

    def _count(self, context: RequestContext) -> None:
        if self._row.access is Access.PUBLIC:
            self._services.address_limiter.count(context.address)
        else:
            self._services.token_limiter.count(context.caller.token_id)

    def _served(self) -> Handler:
        """Raises NotImplementedHere for a row that only the vendor's product has."""
        if self._handler is None:
            raise NotImplementedHere.row(self._row.name)
        return self._handler

    async def _run(
        self,
        handler: Handler,
        context: RequestContext,
        members: dict[str, Any],
        size: int,
        claim: KeyClaim | None = None,
    ) -> Reply:
        arguments = await validate(handler, members, size)
        crash_points.reached("validate.done")
        database = self._services.database
        if not self._row.writes:
            reply = await database.read(
                lambda tx: self._apply(tx, handler, context, arguments), lane=context.lane
            )
            if len(reply.body) > LONG_REPLY:
                self._services.body_memory.require(len(reply.body))
            return reply
        if handler.preparation:
            arguments = await self._prepared(handler.preparation, context, arguments)
        opening = openings.opening_of(handler, arguments, context, claim, self._services)
        if opening is not None:
            return await openings.open_ticket(
                opening,
                lambda tx: self._write(tx, handler, context, arguments, claim),
                self._services,
            )
        return await database.write(lambda tx: self._write(tx, handler, context, arguments, claim))

    async def _prepared(
        self, preparation: Preparation, context: RequestContext, arguments: HandlerArguments
    ) -> HandlerArguments:
        """The body and its prepared value, which is made outside the write transaction."""
        (body,) = arguments
        if not isinstance(body, preparation.body):
            return (body, None)
        if preparation.is_quick(body):
            return (body, preparation.function(self._services.call(NO_TRANSACTION, context), body))
        found = await self._services.database.read(
            lambda tx: preparation.function(self._services.call(tx, context), body),
            lane=context.lane,
        )
        return (body, found)

    def _effect(
        self,
        tx: Transaction,
        handler: Handler,
        context: RequestContext,
        arguments: HandlerArguments,
        claim: KeyClaim | None,
    ) -> Reply:
        """Inside the write transaction: check the token, claim the key, apply, store the reply."""
        now = self._services.clock()
        if context.authenticated is not None:
            self._recheck(tx, context, now)
        if claim is None:
            return self._apply(tx, handler, context, arguments)
        crash_points.reached("tx.idem_selected")
        operation_id = replay.claim(
            tx,
            claim,
            request_id=context.request_id,
            now=now,
            running=self._services.running_time.now(),
        )
        if operation_id is None:
            found = replay.find(tx, claim)
            assert found is not None
            return stored_replies.replay_of(self._services, found)
        crash_points.reached("tx.idem_inserted")
        replay.refuse_expired(claim, now)
        reply = self._apply(tx, handler, context, arguments, operation_id=operation_id)
        crash_points.reached("tx.ticket_inserted")
        stored.store_reply(tx, operation_id, reply.body)
        return reply.until(now + self._services.settings.key_days * DAY)

    def _recheck(self, tx: Transaction, context: RequestContext, now: Microseconds) -> None:
        """Check the token again, because it may have changed while the write was queued."""
        services, before = self._services, context.authenticated
        assert before is not None
        after = services.token_cache.recheck(tx, before, now)
        if after is not before:
            context.authenticated, context.caller = after, after.token.caller
            authenticate.refuse_address(after.token, context.address)
            authenticate.authorise(self._row, context.caller, services.settings.without_plans)

    def _apply(
        self,
        tx: Transaction,
        handler: Handler,
        context: RequestContext,
        arguments: HandlerArguments,
        *,
        operation_id: int | None = None,
    ) -> Reply:
        result = handler.function(self._services.call(tx, context, operation_id), *arguments)
        return succeeded(self._row, result)
