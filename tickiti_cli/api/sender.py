"""Sends requests to one server under a deadline, with retries.

Rule: one operation has one key, and every attempt sends the same bytes. No redirect is followed. A
token leaves the machine only under TLS, unless --allow-http is given.
"""

import json
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from tickiti_cli.api.connection.answer import Answer, BadAddress, WireError
from tickiti_cli.api.deadline import Deadline, Wire
from tickiti_cli.api.journal.journal import Bearer, Journal, Operation
from tickiti_cli.api.journal.outcome import TrackedRequest
from tickiti_cli.api.reply import OURS, Reply
from tickiti_cli.api.request import Preview, Request, form_content, key_for
from tickiti_cli.api.retry import Notes, Policy, moment
from tickiti_cli.api.transport import Transport, looked, opened
from tickiti_cli.config.addresses import is_loopback, refuse_open_wire
from tickiti_cli.config.proxy import Proxy, proxy_for
from tickiti_cli.contract.endpoint import Access, Body, Endpoint, Key
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError, UsageProblem


class Options(NamedTuple):
    """How requests are sent; seconds."""

    timeout: float = 30.0
    policy: Policy = Policy()
    ca_bundle: str | None = None
    insecure: bool = False
    origins: tuple[str, str] = ("--ca-bundle", "--insecure")  # of the two options before
    allow_http: bool = False
    idempotency_key: str | None = None
    is_preview: bool = False
    journal: Journal | None = None
    profile: str | None = None
    """Stored in the journal together with the base URL, so that `op resume` finds the token."""
    proxy: str | None = None
    allow: Callable[[Request], object] = lambda _: None
    """Called before a request is sent; raises for a write that a person does not confirm."""


class Remarks(NamedTuple):
    """Functions that take the remarks of a sender: each shows a line to a person."""

    warning: Callable[[str], None]
    progress: Callable[[str], None]
    detail: Callable[[str], None]
    status: Callable[[str], None] | None = None
    """Replaces the line before; None without a terminal."""

    explain: Callable[[Exception, bytes], None] = lambda *_: None
    """Rewrites an error about a request with that content in the words of the user."""


class Sender:
    """Sends requests to one server. `token` is called only when a request needs a token."""

    def __init__(
        self, base_url: str, *, token: Callable[[], str], options: Options, remarks: Remarks
    ) -> None:
        self._base_url = base_url
        self._token = token
        self._options = options
        self._remarks = remarks
        self._wire = Wire()
        self.cut = self._wire.cut
        """Ends the request that is under way; called from another thread."""

        self._is_sending = False
        self.under_way: TrackedRequest | None = None
        """The write that is under way; an interruption leaves its outcome unknown."""

        self.applied: tuple[str, str | None] | None = None
        """The endpoint and the key of the last write that was applied. A command may have others to
        send after it, as the files of a ticket are sent before the ticket."""

    @property
    def outcome(self) -> str:
        """Outcome of the write that an interruption stops; before a connection: `not_applied`."""
        found = self.under_way
        is_open = self._is_sending and self._wire.connection is not None
        return "unknown" if found and (found.is_doubtful or is_open) else "not_applied"

    def call(
        self,
        endpoint: Endpoint,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        within: float | None = None,
        **parameters: object,
    ) -> Reply:
        """Sends one request to exactly this endpoint until there is a definite answer.

        `key`: the idempotency key; None for the one of the options, or a new one. `parameters`
        fill the braces of the path. Raises the contract's errors, Unreachable,
        TimedOut, ForeignReply; for a write they carry `idempotency_key` and `outcome`.
        """
        request = self.request(endpoint, body, key=key, place=parameters)
        if self._options.is_preview and endpoint.writes:
            raise Preview(request)
        return self.send(request, within=within)

    def with_options(self, *, token: Callable[[], str] | None = None, **changes: Any) -> "Sender":
        """Returns a sender with a connection of its own; `changes` are members of Options."""
        options = self._options._replace(**changes)
        token = token or self._token
        return Sender(self._base_url, token=token, options=options, remarks=self._remarks)

    def send(
        self,
        request: Request,
        operation: Operation | None = None,
        *,
        within: float | None = None,
        was_doubtful: bool = False,
    ) -> Reply:
        """Sends one request as `call` does. `operation`: one that an earlier run began.
        `was_doubtful`: whether an attempt before may have been carried out."""
        self._options.allow(request)
        headers = self._headers(request)
        if operation is not None:
            tracked = TrackedRequest(request, self._options.journal, operation, was_doubtful=True)
        else:
            tracked = self._begun(request, headers, was_doubtful=was_doubtful)
        policy = self._options.policy
        policy = policy._replace(
            retries=policy.retries if tracked.can_repeat else 0,
            max_time=policy.max_time if within is None else within,
        )
        self.under_way = tracked if request.is_write else None
        notes = Notes(self._remarks.progress, self._remarks.status)
        try:
            reply = policy.run(lambda left: self._attempt(tracked, headers, left), note=notes)
        except (ApiError, TickitiError) as error:
            self.under_way = None
            self._remarks.explain(error, request.content)
            tracked.fail(error)
            raise
        else:
            if request.is_write:
                self.applied = request.endpoint.name, request.key
            self.under_way = None
            tracked.succeed(reply)
            return reply
        finally:
            notes.end()
            tracked.release()

    def _begun(
        self, request: Request, headers: Mapping[str, str], *, was_doubtful: bool
    ) -> TrackedRequest:
        """Writes an operation that `op resume` can repeat to the journal before it is sent."""
        journal = self._options.journal
        if journal is None or request.key is None or request.endpoint.key is not Key.REQUIRED:
            return TrackedRequest(request, was_doubtful=was_doubtful)
        new = journal.new(
            request.endpoint.name,
            key=request.key,
            content=request.content,
            files=request.files,
            base_url=self._base_url,
            profile=self._options.profile,
            bearer=Bearer.of(headers.get("Authorization", "").removeprefix("Bearer ")),
        )
        return TrackedRequest.begun(
            request, journal, new, asker=self, warn=self._remarks.warning, was_doubtful=was_doubtful
        )

    def close(self) -> None:
        """Closes the connection; a later request opens a new one."""
        if transport := self.__dict__.pop("_transport", None):
            transport.close()
        self._wire.close()

    def is_ready(self, *, within: float) -> bool:
        """True if /readyz answers 200 within so many seconds."""
        return self.seen_at("readyz", within).status == 200

    def clock(self, *, within: float | None = None) -> datetime | None:
        """Returns the server's time by the Date header of /healthz; None without one in time."""
        seconds = self._options.timeout if within is None else within
        return moment(self.seen_at("healthz", seconds).headers.get("date"))

    def seen_at(self, name: str, within: float, *, has_body: bool = False) -> Answer:
        """Returns the answer of one of the server's own pages; status 0 without an answer."""
        seconds = max(0.001, min(self._options.timeout, within))
        with Deadline(seconds, self._wire) as deadline:
            url = f"{self._base_url}{OURS}{name}"
            return looked(self._transport, url, deadline, has_body=has_body)

    def request(
        self,
        endpoint: Endpoint,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        place: Mapping[str, object] | None = None,
    ) -> Request:
        """Returns the request that `call` sends, with a new key unless one is given. `place` fills
        the braces of the path. Raises UsageProblem."""
        quoted = {name: quote(str(value), safe="") for name, value in (place or {}).items()}
        path = endpoint.path.format(**quoted)
        own = key_for(endpoint, key or self._options.idempotency_key)
        if endpoint.body is Body.MULTIPART:
            form = {**body}
            return Request(endpoint, self._base_url + path, form_content(form), own, form)
        has_body = endpoint.method != "GET"
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")) if has_body else ""
        try:
            encoded = content.encode()
        except UnicodeEncodeError:
            message = "A value is not valid UTF-8; check the terminal's encoding."
            raise UsageProblem(message) from None
        return Request(endpoint, self._base_url + path, encoded, own)

    def _headers(self, request: Request) -> dict[str, str]:
        """Returns the headers of every attempt. Raises before the journal is written."""
        if request.endpoint.access is Access.PUBLIC:
            return request.headers
        refuse_open_wire(request.url, allow_http=self._options.allow_http)
        return request.headers | {"Authorization": f"Bearer {self._token()}"}

    def _attempt(self, tracked: TrackedRequest, headers: Mapping[str, str], left: float) -> Reply:
        self._is_sending = True
        try:
            return self._send_once(tracked, headers, left)
        except (ApiError, TickitiError) as error:
            tracked.note(error)
            self._is_sending = False
            raise

    def _send_once(self, tracked: TrackedRequest, headers: Mapping[str, str], left: float) -> Reply:
        request = tracked.request
        seconds = max(0.001, min(self._options.timeout, left))
        began = time.monotonic()
        status, reply_headers, raw = self._exchange(request, headers, seconds)
        took = f"{1000 * (time.monotonic() - began):.0f} ms"
        request_id = reply_headers.get("x-request-id", "none")
        self._remarks.detail(
            f"{request.endpoint.method} {request.url}: {status} in {took}, request id {request_id}"
        )
        return tracked.read(status, reply_headers, raw)

    def _exchange(self, request: Request, headers: Mapping[str, str], seconds: float) -> Answer:
        """Sends one request. Every error of the connection becomes one of ours here."""
        with Deadline(seconds, self._wire) as deadline:
            try:
                return self._transport.exchange(
                    request.endpoint.method,
                    request.url,
                    headers=headers,
                    content=request.content,
                    deadline=deadline,
                )
            except BadAddress as error:
                raise UsageProblem(f"'{self._base_url}' is not a valid URL: {error}.") from error
            except WireError as error:
                from tickiti_cli.api.connection.trouble import unreachable  # noqa: PLC0415 - rare

                raise unreachable(
                    error, self._base_url, self._proxy, seconds=seconds, is_over=deadline.is_over
                ) from error

    @cached_property
    def _transport(self) -> Transport:
        try:
            return opened(self._verification(), self._proxy)
        except (OSError, ssl.SSLError) as error:
            bundle = f"{self._options.origins[0]} {self._options.ca_bundle}"
            raise UsageProblem(f"{bundle}: {error.strerror or error}.") from error

    @cached_property
    def _proxy(self) -> Proxy | None:
        # A proxy between a program and its own machine would only see the token.
        is_here = is_loopback(self._base_url)
        return None if is_here else proxy_for(self._base_url, self._options.proxy)

    def _verification(self) -> ssl.SSLContext | None:
        if urlsplit(self._base_url).scheme == "http":
            return None  # there is no TLS to verify, and a context costs 40 ms
        context = ssl.create_default_context(cafile=self._options.ca_bundle)
        if self._options.insecure:
            named = f"Warning: {self._options.origins[1]}"
            self._remarks.warning(f"{named}: the server's certificate is not checked.")
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
