"""Identifiers that the server makes: random ones for ticket pages, counted ones for requests."""

import secrets
from functools import cache
from itertools import count

_requests = count(1)


def random_id() -> str:
    """32 URL-safe characters, 192 bits: nobody guesses one, no two are equal."""
    return secrets.token_urlsafe(24)


def new_request_id() -> str:
    """Names one request in replies and logs; unique, but no secret: `5f0c21aa-1c3`."""
    return f"{_process()}-{next(_requests):x}"


@cache
def _process() -> str:
    """The prefix of this process's ids, made with the first request and not with the import: a fork
    of an interpreter that has imported this module is a server of its own."""
    return secrets.token_hex(4)
