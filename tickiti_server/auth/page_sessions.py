"""Who may see the server's page: one-time links, and the sessions that they open.

Rule: a session has the rights of the token that asked for its link, and ends with that token. Links
and sessions end with the process. Only their digests are kept.
"""

import secrets
import time
from collections.abc import Callable
from hashlib import sha256
from typing import NamedTuple

LINK_SECONDS = 300
SESSION_SECONDS = 12 * 3600.0
MOST = 64
"""Open links, and sessions. The oldest is forgotten first."""


class Session(NamedTuple):
    token_id: int
    until: float


class _Link(NamedTuple):
    token_id: int
    view: str
    until: float


class PageSessions:
    """The links and sessions of one server.

    Times are monotonic: neither a changed clock of the machine nor that of test mode makes a
    session last.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        # A browser sends cookies to every port of a host, so that each server has its own name.
        self.cookie = f"tickiti_page_{secrets.token_hex(4)}"
        self._clock = clock
        self._links: dict[bytes, _Link] = {}
        self._sessions: dict[bytes, Session] = {}

    def make_link(self, token_id: int, view: str) -> str:
        """The code of a new link."""
        code = secrets.token_urlsafe(32)
        self._links[_digest(code)] = _Link(token_id, view, self._clock() + LINK_SECONDS)
        _forget_oldest(self._links)
        return code

    def redeem(self, code: str) -> tuple[str, str] | None:
        """The secret of a new session, and the view to show. None for a code that was used, is too
        old, or is not one."""
        link = self._links.pop(_digest(code), None)
        if link is None or self._clock() >= link.until:
            return None
        secret = secrets.token_urlsafe(32)
        until = self._clock() + SESSION_SECONDS
        self._sessions[_digest(secret)] = Session(link.token_id, until)
        _forget_oldest(self._sessions)
        return secret, link.view

    def find(self, secret: str) -> Session | None:
        """The session of a cookie's value, unless it has ended."""
        session = self._sessions.get(_digest(secret))
        if session is None or self._clock() < session.until:
            return session
        self._sessions.pop(_digest(secret), None)
        return None


def _digest(secret: str) -> bytes:
    """The key of a look-up, whose time tells nothing about the secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _forget_oldest(kept: dict[bytes, _Link] | dict[bytes, Session]) -> None:
    while len(kept) > MOST:
        kept.pop(next(iter(kept)), None)
