"""Identifiers that the server makes: random ones for ticket pages, counted ones for requests."""

import re
import secrets
import socket
from functools import cache
from itertools import count

_requests = count(1)

MOST_NODE = 24
"""Characters of a server's name in request ids."""

_node: list[str] = []
"""The name that request ids begin with; empty for a server that has its database to itself."""


def random_id() -> str:
    """32 URL-safe characters, 192 bits: nobody guesses one, no two are equal."""
    return secrets.token_urlsafe(24)


def name_node(name: str) -> None:
    """Let request ids begin with the name of this server, which is one of several on a database.

    Servers of one machine have different names. One without a name gets that of its machine.
    """
    known = name or socket.gethostname().partition(".")[0]
    _node[:] = [re.sub(r"[^A-Za-z0-9_.]", "_", known)[:MOST_NODE] + "-"]
    _process.cache_clear()


def new_request_id() -> str:
    """Names one request in replies and logs; unique, but no secret: `5f0c21aa-1c3`. Of one of
    several servers it is `one-5f0c21aa-1c3`."""
    return f"{_process()}-{next(_requests):x}"


@cache
def _process() -> str:
    """The prefix of this process's ids, made with the first request and not with the import: a fork
    of an interpreter that has imported this module is a server of its own."""
    return "".join(_node) + secrets.token_hex(4)
