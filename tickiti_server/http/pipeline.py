"""The pipeline: what happens to every request, in the order in which the contract checks it.

limits -> token -> abilities -> rate -> key -> JSON -> stored key -> model -> preparation ->
transaction -> reply
"""

import asyncio
import time
from typing import Any

from starlette.types import Receive, Scope, Send

from tickiti_cli.contract.endpoint import Access, Endpoint
from tickiti_cli.contract.errors import (
    ApiError,
    MethodNotAllowed,
    NotImplementedHere,
    ServerError,
    StorageUnavailable,
)
from tickiti_server import auth, crash_points, idempotency, observe
from tickiti_server.call import DAY, Call, Microseconds, new_request_id
from tickiti_server.exchange import Exchange
from tickiti_server.handlers import Handler, Preparation
from tickiti_server.idempotency import Claim
from tickiti_server.limits import Held
from tickiti_server.receive import read_body, refuse_large
from tickiti_server.replies import Reply, replayed, succeeded
from tickiti_server.responding import LONG_REPLY, respond
from tickiti_server.services import Services
from tickiti_server.store import idempotency as stored
from tickiti_server.store import tokens as stored_tokens
from tickiti_server.store.database import Database, Transaction
from tickiti_server.understanding import HUGE, Given, understand, validated

_CUT_OFF = "The server has stopped before this was done, or before that was known."


class Dispatch:
    """Answers one row of the contract: an ASGI application for its route."""

    def __init__(self, row: Endpoint, handler: Handler | None, services: Services) -> None:
        self._row = row
        self._handler = handler
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = Exchange(scope, receive, new_request_id(), time.perf_counter())
        reply = await self._safely(exchange)
        await respond(reply, exchange, send, self._services)

    async def _safely(self, exchange: Exchange) -> Reply:
        try:
            return await self._answer(exchange)
        except ApiError as error:
            return Reply.failure(error, exchange.request_id)
        except asyncio.CancelledError:  # the server has drained for long enough
            return Reply.failure(StorageUnavailable(_CUT_OFF), exchange.request_id)
        except Exception:  # noqa: BLE001 - the last line of defence: a bug is a 500, logged
            observe.errors.exception(
                "request=%s failed", exchange.request_id, extra={"request_id": exchange.request_id}
            )
            return Reply.failure(ServerError(), exchange.request_id)

    async def _answer(self, exchange: Exchange) -> Reply:
        crash_points.reached("recv.headers")
        row, services = self._row, self._services
        if exchange.scope["method"] != "POST":
            raise MethodNotAllowed(exchange.scope["method"], ("POST",))
        refuse_large(exchange.scope, row, services.settings)
        await self._identify(exchange)
        auth.authorise(row, exchange.caller, services.settings.without_plans)
        crash_points.reached("auth.done")
        self._count(exchange)
        handler = self._served()
        exchange.key = idempotency.key_of(row, exchange.values(b"idempotency-key"))
        fresh_until = services.mint.verify(exchange.key, row) if exchange.key else None
        with services.room.held() as held:
            return await self._carry_out(exchange, handler, fresh_until, held)

    async def _carry_out(
        self, exchange: Exchange, handler: Handler, fresh_until: Microseconds | None, held: Held
    ) -> Reply:
        row, services = self._row, self._services
        raw = await read_body(exchange.scope, exchange.receive, row, services.settings, held)
        crash_points.reached("recv.body")
        if len(raw) <= HUGE:
            return await self._carry_on(exchange, handler, fresh_until, raw)
        async with services.workshop.place(len(raw)):
            return await self._carry_on(exchange, handler, fresh_until, raw)

    async def _carry_on(
        self, exchange: Exchange, handler: Handler, fresh_until: Microseconds | None, raw: bytes
    ) -> Reply:
        row, services, key = self._row, self._services, exchange.key
        members, raw_print, canon = await understand(row, exchange.scope, raw)
        if key is None:
            return await self._run(handler, exchange, members, len(raw))
        claim = Claim(
            family_id=exchange.caller.family_id,
            key=key,
            key_sha256=idempotency.digest(key),
            operation=f"POST {exchange.path}",
            raw=raw_print,
            canon=canon,
            fresh_until=fresh_until,
        )
        turn = await services.turns.take(claim)
        try:
            found = await services.database.read(lambda tx: idempotency.find(tx, claim), quick=True)
            crash_points.reached("fast_read.done")
            if found:
                return self._replay(found)
            return await self._run(handler, exchange, members, len(raw), claim)
        finally:
            turn.end()

    async def _identify(self, exchange: Exchange) -> None:
        if self._row.access is Access.PUBLIC:
            return
        token_id, secret = auth.bearer(exchange.values(b"authorization"))
        now = self._services.clock()
        exchange.admitted = await self._services.callers.admit(token_id, secret, now)
        if exchange.admitted.known.is_touch_due(now):
            self._note_use(token_id, now)

    def _note_use(self, token_id: int, now: Microseconds) -> None:
        """Have the writer note it some time soon; the request does not wait for that."""
        services = self._services
        if now - services.touched.get(token_id, 0) < auth.TOUCH_EVERY:
            return
        services.touched[token_id] = now
        task = asyncio.create_task(_touch(services.database, token_id, now))
        services.background.add(task)
        task.add_done_callback(services.background.discard)

    def _count(self, exchange: Exchange) -> None:
        if self._row.access is Access.PUBLIC:
            self._services.address_rate.take(exchange.address)
        else:
            self._services.token_rate.take(exchange.caller.token_id)

    def _served(self) -> Handler:
        """Raises NotImplementedHere for a row that only the vendor's product has."""
        if self._handler is None:
            raise NotImplementedHere.row(self._row.name)
        return self._handler

    async def _run(
        self,
        handler: Handler,
        exchange: Exchange,
        members: dict[str, Any],
        size: int,
        claim: Claim | None = None,
    ) -> Reply:
        given = await validated(handler, members, size)
        crash_points.reached("validate.done")
        database = self._services.database
        if not self._row.writes:
            reply = await database.read(
                lambda tx: self._apply(tx, handler, exchange, given), lane=exchange.lane
            )
            if len(reply.body) > LONG_REPLY:
                self._services.room.expect(len(reply.body))
            return reply
        if handler.preparation:
            given = await self._prepared(handler.preparation, exchange, given)
        return await database.write(lambda tx: self._effect(tx, handler, exchange, given, claim))

    async def _prepared(self, preparation: Preparation, exchange: Exchange, given: Given) -> Given:
        """The body, and what can be worked out for it before the writer's turn."""
        (body,) = given
        if not isinstance(body, preparation.body):
            return (body, None)
        found = await self._services.database.read(
            lambda tx: preparation.function(self._call(tx, exchange), body),
            quick=preparation.is_quick(body),
            lane=exchange.lane,
        )
        return (body, found)

    def _effect(
        self,
        tx: Transaction,
        handler: Handler,
        exchange: Exchange,
        given: Given,
        claim: Claim | None,
    ) -> Reply:
        """Inside the transaction: claim the key or find whose it is, apply, settle the reply."""
        now = self._services.clock()
        if exchange.admitted is not None:
            self._services.callers.refuse_dead(tx, exchange.admitted, now)
            exchange.admitted = self._services.callers.renewed(tx, exchange.admitted)
            auth.authorise(self._row, exchange.caller, self._services.settings.without_plans)
        if claim is None:
            return self._apply(tx, handler, exchange, given)
        crash_points.reached("tx.idem_selected")
        idem_id = idempotency.consume(
            tx,
            claim,
            request_id=exchange.request_id,
            now=now,
            running=self._services.running.now(),
        )
        if idem_id is None:
            found = idempotency.find(tx, claim)
            assert found is not None
            return self._replay(found)
        crash_points.reached("tx.idem_inserted")
        idempotency.refuse_late(claim, now)
        reply = self._apply(tx, handler, exchange, given, idem_id=idem_id)
        crash_points.reached("tx.ticket_inserted")
        stored.settle(tx, idem_id, reply.body)
        return reply.until(now + self._services.settings.key_days * DAY)

    def _apply(
        self,
        tx: Transaction,
        handler: Handler,
        exchange: Exchange,
        given: Given,
        *,
        idem_id: int | None = None,
    ) -> Reply:
        result = handler.function(self._call(tx, exchange, idem_id), *given)
        return succeeded(self._row, result)

    def _call(self, tx: Transaction, exchange: Exchange, idem_id: int | None = None) -> Call:
        return Call(
            tx=tx,
            caller=exchange.caller,
            now=self._services.clock(),
            mint=self._services.mint,
            requests=self._services.requests,
            request_id=exchange.request_id,
            idem_id=idem_id,
        )

    def _replay(self, found: stored.StoredReply) -> Reply:
        services = self._services
        until = idempotency.kept_until(
            found,
            days=services.settings.key_days,
            now=services.clock(),
            running=services.running.now(),
        )
        return replayed(found, until)


async def _touch(database: Database, token_id: int, now: Microseconds) -> None:
    try:
        await database.write(lambda tx: stored_tokens.touch(tx, token_id, at=now))
    except ApiError as error:
        observe.errors.warning("token %d: its use was not noted: %s", token_id, error)
