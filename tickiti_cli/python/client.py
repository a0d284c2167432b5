"""The client for Python: every endpoint as a method, sent as the commands send it.

Rule: one call is one operation with one idempotency key. It is in the journal before it is sent,
and every attempt sends the same bytes, so that a retry never repeats a write.
"""

import logging
import os
import threading
import weakref
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tickiti_cli import paths
from tickiti_cli.api.client import Client as Door
from tickiti_cli.api.client import sender_for
from tickiti_cli.api.journal.journal import Journal
from tickiti_cli.api.paging import MOST_ROWS, Pages
from tickiti_cli.api.reply import Reply
from tickiti_cli.api.request import Upload
from tickiti_cli.api.sender import Remarks
from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.config.resolution import Config
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.endpoint import Body, Endpoint, Envelope
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_cli.errors import UsageProblem
from tickiti_cli.python.endpoints.root import Root

logger = logging.getLogger("tickiti")


class Client(Root):
    """A Tickiti server: `client.create_ticket(...)`, `client.tickets.close(...)`.

    Without an address the client takes what the commands take: TICKITI_API_BASE and
    TICKITI_API_TOKEN, else the project's or the user's profile.

    Example::

        from tickiti_cli.python import Client

        with Client(profile="local") as client:
            client.create_ticket(
                originator_email_address="marcus@trailblazers-club.example",
                data={"subject": "Cracked plate", "content": "It snapped at mile 14."},
            )
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | None = None,
        *,
        profile: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
        max_time: float | None = None,
        ca_bundle: str | Path | None = None,
        allow_http: bool = False,
        journal: bool = True,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Take the server and its token.

        `timeout`: seconds of one attempt. `retries`: attempts after the first. `max_time`: seconds
        of all attempts. `ca_bundle`: a PEM file of certificates to trust. `allow_http`: send the
        token without TLS to another machine. `journal`: keep open writes for `tickiti op resume`.
        `environ`: the environment, if not the process's. Raises ConfigProblem, UsageProblem.
        """
        if base_url is not None and token is None:
            raise UsageProblem("Client: an address needs its token: Client(base_url, token).")
        _refuse_empty(base_url=base_url, token=token, profile=profile)
        if base_url is not None and profile is not None:
            raise UsageProblem("Client: give an address or a profile, not both.")
        flags = GlobalFlags(
            base_url=base_url,
            profile=profile,
            timeout=timeout,
            retries=retries,
            max_time=max_time,
            ca_bundle=None if ca_bundle is None else str(ca_bundle),
            allow_http=allow_http,
            no_journal=not journal,
        )
        found = os.environ if environ is None else environ
        self._given = flags, found
        self._config = Config(*self._given, logger.warning)
        self._secret = None if token is None else _checked(token.strip())
        self._door = self._opened(flags, found)
        self._one_at_a_time = threading.Lock()
        _CLIENTS.add(self)
        self.last_reply: Reply | None = None
        """The reply of the latest call: its status line and headers in `head`, its idempotency key
        in `key`, and `is_replay`, which is true for the stored reply of an earlier request."""

        super().__init__(self)

    @property
    def base_url(self) -> str:
        return self._config.connection.base_url

    def call(
        self,
        name: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        place: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call an endpoint by its name in the catalogue, as `tickiti api NAME` does, and return the
        data of its reply. Every method calls this one. Raises ApiError, TickitiError."""
        reply = self._send(name, body, key=key, place=place)
        return reply.body if _row(name).envelope is Envelope.PAGE else reply.bare

    def rows(self, name: str, body: Mapping[str, Any], *, member: str, size: str) -> Iterator[Any]:
        """Yield the rows of all pages, page by page. Raises ApiError, TickitiError."""

        def page(asked: Mapping[str, Any]) -> Reply:
            asked = {size if field == "limit" else field: value for field, value in asked.items()}
            reply = self._send(name, asked)
            is_page = _row(name).envelope is Envelope.PAGE
            return reply._replace(body={"data": reply.body}) if is_page else reply

        most = body.get(size, MOST_ROWS)
        rest = {field: value for field, value in body.items() if field != size}
        return iter(Pages(page, rest, member=member, limit=None, most=most))

    def close(self) -> None:
        """Close the connection. A later call opens another one."""
        self._door.sender.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _send(
        self,
        name: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        place: Mapping[str, Any] | None = None,
    ) -> Reply:
        row = _row(name)
        _refuse_empty(idempotency_key=key)
        sent = _form(body) if row.body is Body.MULTIPART else body
        with self._one_at_a_time:
            try:
                self.last_reply = self._door.call(row, sent, key=key, **(place or {}))
            except Unauthenticated as refusal:
                if not self._found_new_token(refusal):
                    raise
                self.last_reply = self._door.call(row, sent, key=key, **(place or {}))
            return self.last_reply

    def _found_new_token(self, refusal: Unauthenticated) -> bool:
        """True if `token rotate` has installed another token of the same server since this client
        read its own. Nothing was done under the old one."""
        if self._secret is not None or refusal.is_foreign or refusal.outcome != "not_applied":
            return False
        found = Config(*self._given, logger.warning)
        is_new = found.token != self._config.token
        if is_new and found.connection.base_url == self.base_url:
            self._config = found
            return True
        return False

    def _begin_anew(self) -> None:
        """Let the child of a fork open a connection of its own: replies to both processes would
        come on the parent's, in any order. A thread of the parent may hold the lock for ever."""
        self._one_at_a_time = threading.Lock()
        self.close()

    def _opened(self, flags: GlobalFlags, environ: Mapping[str, str]) -> Door:
        journal = Journal(paths.journal_dir(environ))
        sender = sender_for(
            self._config,
            flags=flags,
            environ=environ,
            token=lambda: self._config.token if self._secret is None else self._secret,
            journal=journal,
            remarks=Remarks(logger.warning, logger.info, logger.debug),
        )
        return Door(
            sender,
            self._config,
            flags=flags,
            environ=environ,
            journal=journal,
            progress=logger.info,
        )


_CLIENTS: "weakref.WeakSet[Client]" = weakref.WeakSet()


def _after_fork() -> None:
    for client in list(_CLIENTS):
        client._begin_anew()  # noqa: SLF001 - our own class


os.register_at_fork(after_in_child=_after_fork)


def _refuse_empty(**arguments: object) -> None:
    """Raise UsageProblem for an empty text, which is a variable that is not set. Taken for a
    missing argument, it would lead to another server, another token or a second write. Raise
    TypeError for anything but a text."""
    for name, value in arguments.items():
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{name} must be a str, not {type(value).__name__}.")
        if value is not None and not value.strip():
            raise UsageProblem(f"{name}: the value is empty.")


def _checked(token: str) -> str:
    """Return a token that a header can hold. Raises UsageProblem, which does not quote it."""
    if not all("!" <= character <= "~" for character in token):
        raise UsageProblem("token: it contains invalid characters.")
    return token


def _row(name: str) -> Endpoint:
    if name in CATALOGUE:
        return CATALOGUE[name]
    from tickiti_cli.contract.bundled.test_mode.catalogue import (  # noqa: PLC0415 - only tests
        TEST_CATALOGUE,
    )

    return TEST_CATALOGUE[name]


def _form(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a form. Raises UsageProblem for a file that cannot be read, and TypeError
    for what is neither a file nor a text, whose representation would be sent."""
    for name, value in body.items():
        content = value.content if isinstance(value, Upload) else b""
        if not isinstance(value, (Path, Upload, str, int)) or not isinstance(content, bytes):
            raise TypeError(f"{name} must be a pathlib.Path or File(name, bytes).")
    return {
        name: _read(value) if isinstance(value, Path) else value for name, value in body.items()
    }


def _read(path: Path) -> Upload:
    try:
        return Upload(path.name, path.read_bytes())
    except OSError as error:
        raise UsageProblem(f"{path}: {error.strerror or error}.") from error
