# ruff: noqa: ARG001, B007, E501
"""The limit a bundled server can come close to, for measuring a ratio in one run; never part of the product.

A bare starlette app that does what POST /api/create_ticket must do (hash and look up the token, look up the key,
insert customer, ticket, response and stored reply) with hand-written SQL on the standard library's sqlite3, one
writer thread and group commit, and no validation, no error handling, no outbox, no logging.

    pip install starlette uvicorn uvloop httptools
    DB=/some/dir/yardstick.db SYNC=FULL uvicorn yardstick:app --port 9100 --no-access-log --log-level error
    TOKEN='1|abc' wrk -t1 -c32 -d10 -s create_ticket.lua http://127.0.0.1:9100

/hello answers an empty JSON reply: the limit of the HTTP stack itself.
"""

import asyncio
import hashlib
import json
import os
import queue
import secrets
import sqlite3
import threading
import time

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

DB = os.environ["DB"]
SYNC = os.environ.get("SYNC", "FULL")
SCHEMA = """
create table if not exists token(id integer primary key, hash text not null unique, abilities text);
create table if not exists idem(key text primary key, fingerprint blob not null, status int, body blob, at real);
create table if not exists customer(id integer primary key, email text not null unique);
create table if not exists ticket(id integer primary key, number int unique, subject text, queue_id int, originator int,
    status text, priority int, secure_id text, created real, updated real);
create table if not exists response(id integer primary key, ticket_id int, html text, author int, internal int, created real);
create index if not exists response_ticket on response(ticket_id);
create index if not exists ticket_queue on ticket(queue_id, status);
"""


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(
        DB, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("pragma journal_mode=wal")
    connection.execute(f"pragma synchronous={SYNC}")
    connection.execute("pragma busy_timeout=5000")
    return connection


reader = connect()
reader.executescript(SCHEMA)
reader.execute(
    "insert or ignore into token values(1, ?, 'create-ticket')",
    (hashlib.sha256(b"abc").hexdigest(),),
)


def create(c: sqlite3.Connection, key: str, fingerprint: bytes, body: dict) -> tuple[int, bytes]:
    row = c.execute("select fingerprint, status, body from idem where key=?", (key,)).fetchone()
    if row:
        return (row[1], row[2]) if row[0] == fingerprint else (409, b'{"ok":false}')
    email = body["originator_email_address"]
    found = c.execute("select id from customer where email=?", (email,)).fetchone()
    customer = (
        found[0]
        if found
        else c.execute("insert into customer(email) values(?)", (email,)).lastrowid
    )
    now, secure_id = time.time(), secrets.token_hex(16)
    number = c.execute("select coalesce(max(number), 220008) + 1 from ticket").fetchone()[0]
    ticket = c.execute(
        "insert into ticket(number,subject,queue_id,originator,status,priority,secure_id,created,updated)"
        " values(?,?,?,?,?,?,?,?,?)",
        (number, body["data"]["subject"], 1, customer, "open", 20, secure_id, now, now),
    ).lastrowid
    c.execute(
        "insert into response(ticket_id,html,author,internal,created) values(?,?,?,?,?)",
        (ticket, body["data"]["content"], customer, 0, now),
    )
    reply = {
        "ok": True,
        "data": {"ticket_number": number, "ticket_id": ticket, "secure_id": secure_id},
    }
    out = json.dumps(reply).encode()
    c.execute("insert into idem values(?,?,?,?,?)", (key, fingerprint, 200, out, now))
    return 200, out


class Writer(threading.Thread):
    """Runs queued operations in one transaction per batch, a savepoint each."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.queue: queue.SimpleQueue = queue.SimpleQueue()
        self.connection = connect()

    def run(self) -> None:
        while True:
            batch = [self.queue.get()]
            try:
                while len(batch) < 256:
                    batch.append(self.queue.get_nowait())
            except queue.Empty:
                pass
            self.connection.execute("begin immediate")
            results = []
            for arguments, future, loop in batch:
                self.connection.execute("savepoint op")
                results.append((future, create(self.connection, *arguments)))
                self.connection.execute("release op")
            self.connection.execute("commit")
            loop.call_soon_threadsafe(
                lambda r=results: [f.set_result(v) for f, v in r if not f.done()]
            )


writer = Writer()
writer.start()


async def create_ticket(request) -> Response:
    secret = request.headers.get("authorization", "")[7:].partition("|")[2]
    digest = hashlib.sha256(secret.encode()).hexdigest()
    if not reader.execute("select id from token where hash=?", (digest,)).fetchone():
        return Response(b'{"ok":false}', 401)
    raw = await request.body()
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    arguments = (request.headers["idempotency-key"], hashlib.sha256(raw).digest(), json.loads(raw))
    writer.queue.put((arguments, future, loop))
    status, out = await future
    return Response(out, status, media_type="application/json")


async def hello(request) -> Response:
    return Response(b'{"ok":true}', media_type="application/json")


app = Starlette(
    routes=[
        Route("/api/create_ticket", create_ticket, methods=["POST"]),
        Route("/hello", hello, methods=["GET", "POST"]),
    ]
)
