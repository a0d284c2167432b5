"""Talking to a Tickiti: with transport.py the only module that imports httpx.

The rule of this file: one key for one operation, and the same bytes on every attempt. No redirect
is followed, and a token leaves the machine only under TLS unless the caller insists.
"""

import json
import ssl
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit
from uuid import uuid4

# httpx imports its own command line where it finds click; nobody here needs those 50 ms.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
import httpx

from tickiti_cli.addresses import is_loopback, refuse_open_wire
from tickiti_cli.contract.endpoint import Access, Endpoint, Key
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.deadline import Deadline, Wire
from tickiti_cli.errors import TickitiError, UsageProblem
from tickiti_cli.journal import Bearer, Entry, Journal
from tickiti_cli.outcomes import Operation
from tickiti_cli.pages import Pages
from tickiti_cli.proxies import Proxy, proxy_for
from tickiti_cli.replies import OURS, Preview, Reply, Request
from tickiti_cli.retrying import Notes, Policy, moment
from tickiti_cli.transport import looked, opened, unreachable, whole


class Options(NamedTuple):
    """How requests are sent; seconds."""

    timeout: float = 30.0
    policy: Policy = Policy()
    ca_bundle: str | None = None
    insecure: bool = False
    allow_http: bool = False
    idempotency_key: str | None = None
    is_preview: bool = False
    journal: Journal | None = None
    profile: str | None = None
    """What the journal notes beside the base URL, to find the token again."""


class Remarks(NamedTuple):
    """What a client has to say beside its replies, and who hears it."""

    warning: Callable[[str], None]
    progress: Callable[[str], None]
    detail: Callable[[str], None]
    status: Callable[[str], None] | None = None
    """Shows a line in the place of the one before; None where no terminal is."""


class Client:
    """Calls endpoints of one server. `token` is asked for only when a request needs it."""

    def __init__(
        self,
        base_url: str,
        *,
        token: Callable[[], str],
        options: Options,
        remarks: Remarks,
    ) -> None:
        self._base_url = base_url
        self._token = token
        self._options = options
        self._remarks = remarks
        self._wire = Wire()
        self.cut = self._wire.cut
        """End what is under way, from another thread."""

        self._is_sending = False
        self.under_way: Operation | None = None
        """The write that is on its way: what an interruption leaves behind."""

    @property
    def outcome(self) -> str:
        """What an interruption leaves of the write that is on its way. Before there is any
        connection nothing can have left this machine."""
        found = self.under_way
        is_open = self._is_sending and self._wire.connection is not None
        return "unknown" if found and (found.is_doubtful or is_open) else "not_applied"

    def call(self, endpoint: Endpoint, body: Mapping[str, Any], **parameters: object) -> Reply:
        """Send one request until there is a definite answer.

        Raises the contract's errors, Unreachable, TimedOut, ForeignReply; for a write they carry
        `idempotency_key` and `outcome`.
        """
        request = self.request(endpoint, body, place=parameters)
        if self._options.is_preview and endpoint.writes:
            raise Preview(request)
        return self.send(request)

    def send(
        self,
        request: Request,
        entry: Entry | None = None,
        *,
        within: float | None = None,
        was_doubtful: bool = False,
    ) -> Reply:
        """As `call`; `entry` is the one of an operation that was begun before, `within` the
        seconds for all attempts, `was_doubtful` whether one before may have been carried out."""
        headers = self._headers(request)
        if entry is not None:
            operation = Operation(request, self._options.journal, entry, was_doubtful=True)
        else:
            operation = self._begun(request, headers, was_doubtful=was_doubtful)
        policy = self._options.policy
        policy = policy._replace(
            retries=policy.retries if operation.can_repeat else 0,
            max_time=policy.max_time if within is None else within,
        )
        self.under_way = operation if request.is_write else None
        notes = Notes(self._remarks.progress, self._remarks.status)
        try:
            reply = policy.run(lambda left: self._attempt(operation, headers, left), note=notes)
        except (ApiError, TickitiError) as error:
            self.under_way = None
            operation.fail(error)
            raise
        finally:
            notes.end()
        self.under_way = None
        operation.succeed(reply)
        return reply

    def _begun(
        self, request: Request, headers: Mapping[str, str], *, was_doubtful: bool
    ) -> Operation:
        """Noted in the journal, where it can be finished from there."""
        journal = self._options.journal
        if journal is None or request.key is None or request.endpoint.key is not Key.REQUIRED:
            return Operation(request, was_doubtful=was_doubtful)
        new = journal.new(
            request.endpoint.name,
            key=request.key,
            content=request.content,
            base_url=self._base_url,
            profile=self._options.profile,
            bearer=Bearer.of(headers.get("Authorization", "").removeprefix("Bearer ")),
        )
        return Operation.begun(
            request, journal, new, warn=self._remarks.warning, was_doubtful=was_doubtful
        )

    def pages(
        self,
        endpoint: Endpoint,
        body: Mapping[str, Any],
        *,
        member: str,
        limit: int,
        everything: bool,
    ) -> Pages:
        """Rows of a paged list; `limit` of them, or all."""
        call = partial(self.call, endpoint)
        return Pages(call, body, member=member, limit=None if everything else limit)

    def is_ready(self, *, within: float) -> bool:
        """Whether the server says so in that many seconds; its status is all that counts."""
        return self._looked("readyz", within).status_code == 200

    def clock(self, *, within: float | None = None) -> datetime | None:
        """What time the server says that it is, asked without a token and without any effect;
        None where nobody answers in so many seconds, or names a time."""
        seconds = self._options.timeout if within is None else within
        return moment(self._looked("healthz", seconds).headers.get("date"))

    def _looked(self, name: str, within: float) -> httpx.Response:
        seconds = max(0.001, min(self._options.timeout, within))
        with Deadline(seconds, self._wire) as deadline:
            url = f"{self._base_url}{OURS}{name}"
            return looked(self._http, url, seconds, deadline.extensions)

    def request(
        self,
        endpoint: Endpoint,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        place: Mapping[str, object] | None = None,
    ) -> Request:
        """What `call` sends, with a new key unless one is given; `place` fills the path's braces.

        Raises UsageProblem.
        """
        path = endpoint.path.format(
            **{name: quote(str(value), safe="") for name, value in (place or {}).items()}
        )
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        try:
            encoded = content.encode()
        except UnicodeEncodeError:
            raise UsageProblem(
                "A value is not valid UTF-8; check the terminal's encoding."
            ) from None
        return Request(endpoint, self._base_url + path, encoded, key or self._key(endpoint))

    def _key(self, endpoint: Endpoint) -> str | None:
        given = self._options.idempotency_key
        if endpoint.key is Key.NONE or (endpoint.key is Key.OPTIONAL and given is None):
            return None
        key = str(uuid4()) if given is None else given
        if not 1 <= len(key) <= 255 or not key.isprintable():
            raise UsageProblem("--idempotency-key must be 1 to 255 printable characters.")
        return key

    def _headers(self, request: Request) -> dict[str, str]:
        """Those of every attempt. Raises before anything is noted or sent."""
        if request.endpoint.access is Access.PUBLIC:
            return request.headers
        refuse_open_wire(request.url, allow_http=self._options.allow_http)
        return request.headers | {"Authorization": f"Bearer {self._token()}"}

    def _attempt(self, operation: Operation, headers: Mapping[str, str], left: float) -> Reply:
        """Send once."""
        self._is_sending = True
        try:
            return self._send_once(operation, headers, left)
        except (ApiError, TickitiError) as error:
            operation.note(error)
            self._is_sending = False
            raise

    def _send_once(self, operation: Operation, headers: Mapping[str, str], left: float) -> Reply:
        request = operation.request
        seconds = max(0.001, min(self._options.timeout, left))
        began = time.monotonic()
        status, reply_headers, raw = self._exchange(request, headers, seconds)
        took = f"{1000 * (time.monotonic() - began):.0f} ms"
        request_id = reply_headers.get("x-request-id", "none")
        self._remarks.detail(f"POST {request.url}: {status} in {took}, request id {request_id}")
        return operation.read(status, reply_headers, raw)

    def _exchange(
        self, request: Request, headers: Mapping[str, str], seconds: float
    ) -> tuple[int, Mapping[str, str], bytes]:
        """One POST. The one place where httpx's errors become ours."""
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        with Deadline(seconds, self._wire) as deadline:
            try:
                with self._http.stream(
                    "POST",
                    request.url,
                    content=request.content,
                    headers=encoded,
                    timeout=seconds,
                    extensions=deadline.extensions,
                ) as response:
                    return response.status_code, response.headers, whole(response.iter_raw())
            except httpx.InvalidURL as error:
                message = f"'{self._base_url}' is no valid address: {error}."
                raise UsageProblem(message) from error
            except httpx.HTTPError as error:
                raise unreachable(
                    error, self._base_url, self._proxy, seconds=seconds, is_over=deadline.is_over
                ) from error

    @cached_property
    def _http(self) -> httpx.Client:
        try:
            return opened(self._verification(), self._proxy)
        except (OSError, ssl.SSLError) as error:
            reason = error.strerror or error
            raise UsageProblem(f"--ca-bundle {self._options.ca_bundle}: {reason}.") from error

    @cached_property
    def _proxy(self) -> Proxy | None:
        # A proxy between a program and its own machine would only see the token.
        return None if is_loopback(self._base_url) else proxy_for(self._base_url)

    def _verification(self) -> ssl.SSLContext | None:
        if urlsplit(self._base_url).scheme == "http":
            return None  # there is no TLS to verify, and a context costs 40 ms
        context = ssl.create_default_context(cafile=self._options.ca_bundle)
        if self._options.insecure:
            self._remarks.warning("Warning: --insecure: the server's certificate is not checked.")
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
