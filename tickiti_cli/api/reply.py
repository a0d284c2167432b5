"""Reads a server's answer: a Reply for a success, one of the contract's errors for a failure.

Rule: an answer that is not plainly a success of Tickiti is a failure. Only an answer that nothing
but Tickiti can give counts as Tickiti's own; any other answer says nothing about an operation,
because a load balancer, a firewall or a web server may have given it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tickiti_cli.api.connection.json_body import Members, parsed
from tickiti_cli.api.request import Request
from tickiti_cli.api.retry import may_help, retry_after_seconds
from tickiti_cli.contract.endpoint import Endpoint, Envelope
from tickiti_cli.contract.errors import BY_CODE, BY_STATUS, ApiError
from tickiti_cli.errors import ForeignReply, NotOffered, TickitiError, Unreachable
from tickiti_cli.suggest import listing

OURS = "/_tickiti/"

TICKET_LISTS = ("tickiti_api_index", "tickets.query")
"""Endpoints whose rows an install sends in `data`, in `data.tickets` or as a bare array."""

ROUTE_MISSING = ("The route ", "The POST method is not supported for route ")
"""Beginnings of Laravel's sentence for an unknown path, which then names the path."""


UNTOLD = ""
"""Takes the place of an id that the reply of a write lacks."""


class Accepted(Members):
    """The data of a write that was carried out. A missing member is not an error, because the write
    is done: its name goes to `lacking`, and the sentence for a person omits it."""

    def __init__(self, data: Any) -> None:
        super().__init__(data if isinstance(data, dict) else {})
        self.lacking: list[str] = []

    def id(self, name: str) -> str | int:
        """Returns the id of the new object; UNTOLD where the reply lacks the id."""
        found = self.get(name)
        if isinstance(found, (str, int)) and not isinstance(found, bool):
            return found
        return self.__missing__(name)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Returns the objects of a list; an empty list where the reply lacks the list."""
        found = self.get(name)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def __missing__(self, name: str) -> str:
        self.lacking.append(name)
        return UNTOLD


class Reply(NamedTuple):
    """A success: the body as the server sent it, and the key of its operation."""

    body: Any
    content: bytes
    """The body in UTF-8, without a byte order mark."""

    head: str
    """The status line and the headers, as HTTP writes them."""

    key: str | None = None
    endpoint: str = ""
    """The name of the endpoint in the catalogue."""

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def is_replay(self) -> bool:
        return "\nidempotency-replayed: true" in self.head.lower()

    def header(self, name: str) -> str | None:
        """Returns the value of a header; None where the reply has no such header."""
        lines = (line.partition(": ") for line in self.head.splitlines()[1:])
        return next((value for found, _, value in lines if found.lower() == name), None)

    @property
    def bare(self) -> Any:
        """The `data` of an envelope; a bare reply is its own data."""
        return self.body.get("data", self.body) if isinstance(self.body, dict) else self.body

    @property
    def data(self) -> Any:
        """The data of a read. Raises ForeignReply unless it has the shape that commands rely on."""
        from tickiti_cli.api import reply_shape  # noqa: PLC0415 - only reads are checked

        reply_shape.check(self.endpoint, self.bare)
        return self.bare

    def rows(self, member: str) -> list[Any]:
        """The rows of a list, which an install sends bare, under `member` or under `data`. Raises
        ForeignReply."""
        from tickiti_cli.api import reply_shape  # noqa: PLC0415 - only reads are checked

        return reply_shape.rows_in(self.endpoint, self.body, member)

    @property
    def accepted(self) -> Accepted:
        """The data of a write without a key."""
        return Accepted(self.bare)

    @property
    def written(self) -> Accepted:
        """The data of a write with a key, the key itself, and whether the reply is a replay."""
        found = self.accepted
        found |= {"idempotency_key": self.key, "replayed": self.is_replay}
        return found


def read(request: Request, status: int, headers: Mapping[str, str], raw: bytes) -> Reply:
    """Returns the reply of a success. Raises an error for every other answer."""
    if 300 <= status < 400:
        raise ForeignReply(f"{request.url} answered with a redirect ({status}).", status=status)
    try:
        content, body = parsed(raw)
    except (ValueError, RecursionError) as error:
        if status < 400:
            raise _unreadable(request, status, headers) from error
        content, body = b"", {}
    if status >= 400 or _is_failure(body):
        raise _error(request, status, headers, body)
    if not _has_shape(request.endpoint, body):
        message = f"{request.url} answered {status} without the data of Tickiti's reply."
        raise ForeignReply(message, status=status)
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return Reply(body, content, "\n".join(lines), request.key, request.endpoint.name)


def _unreadable(
    request: Request, status: int, headers: Mapping[str, str]
) -> ForeignReply | Unreachable:
    """Returns the error for a success that is not JSON: damaged on its way, or another server's
    page."""
    if "json" in headers.get("content-type", ""):
        message = f"{request.url} answered {status} with JSON that is damaged or incomplete."
        return Unreachable(message, may_have_arrived=True)
    message = f"{request.url} answered {status} with something that is not JSON."
    return ForeignReply(message, status=status)


def _has_shape(endpoint: Endpoint, body: Any) -> bool:
    """A write of v1 that is answered with `{"ok": true}` alone is done: it needs no data."""
    if endpoint.writes and not _is_done(endpoint, body):
        return False
    data = body.get("data", body.get("ok")) if isinstance(body, dict) else None
    is_done = endpoint.is_v1 and endpoint.writes and data is True
    if is_done or endpoint.envelope is Envelope.BARE:
        return True
    if endpoint.name in TICKET_LISTS:
        return isinstance(body, list) or isinstance(data, (list, dict))
    if isinstance(data, list) and endpoint.envelope is Envelope.DATA:
        from tickiti_cli.api import reply_shape  # noqa: PLC0415 - rare

        return endpoint.name in reply_shape.BARE_LISTS
    return isinstance(data, list if endpoint.envelope is Envelope.PAGE else dict)


def _is_done(endpoint: Endpoint, body: Any) -> bool:
    """True if a reply says that a write was carried out. A sign-in page in JSON, or the reply of
    another server, does not: the write would be lost, and nobody would know."""
    if endpoint.name.startswith("/"):  # a path that a user typed, of which nothing is known
        return True
    if not isinstance(body, dict) or body.get("ok") is True:
        return isinstance(body, dict)
    from tickiti_cli.api import reply_shape  # noqa: PLC0415 - few replies lack `ok`

    return reply_shape.says_done(endpoint.name, body)


def _is_failure(body: Any) -> bool:
    """True for a failure under status 200, which the vendor's older replies mark in the body."""
    if not isinstance(body, dict):
        return False
    return body.get("ok") is False or any(map(body.get, ("error", "my_error", "amf_error")))


def _error(
    request: Request, status: int, headers: Mapping[str, str], body: Any
) -> TickitiError | ApiError:
    members = body if isinstance(body, dict) else {}
    if status == 404 and OURS in request.url and _is_no_route(members):
        return _not_ours(request)
    if status == 404 and _is_too_old(request, members):
        return NotOffered(f"This server is older than October 2026: no {request.endpoint.path}.")
    code = _code(members)
    error = _kind(status, code).received(
        _sentence(members) or _unsaid(request, status),
        errors=_field_errors(members.get("errors")),
        retry_after=retry_after_seconds(headers.get("retry-after"), headers.get("date")),
    )
    if isinstance(code, str):
        error.code = code
    error.status = status
    error.is_foreign = not _is_own_word(request, members)
    error.request_id = members.get("request_id") or headers.get("x-request-id")
    error.retryable = may_help(error)
    error.hint = listing(code, request.endpoint.name, error.errors, error.message)
    return error


def _code(members: Mapping[str, Any]) -> Any:
    """Returns the code of a failure. An install may send it in `error` alone."""
    found, error = members.get("code"), members.get("error")
    return error if found is None and isinstance(error, str) and error in BY_CODE else found


def _is_no_route(members: Mapping[str, Any]) -> bool:
    """True if a 404 is about the path, not about an object that the request names."""
    return _code(members) in (None, "not_found") and not members.get("errors")


def _is_too_old(request: Request, members: Mapping[str, Any]) -> bool:
    """True if a 404 says that the install lacks a route of October 2026: none of our codes says
    what was not found."""
    from tickiti_cli.contract.v1.october import ADDED  # noqa: PLC0415 - only for a 404

    if request.endpoint.name not in ADDED:
        return False
    codes = {str(members.get(name)) for name in ("code", "error")} - {"not_found"}
    return not codes & BY_CODE.keys()


def _unsaid(request: Request, status: int) -> str:
    """Returns a sentence for a reply without a sentence. Below 500 the address may be wrong."""
    who = "The server" if status >= 500 and status != 501 else request.url
    return f"{who} answered {status}."


def _is_own_word(request: Request, members: Mapping[str, Any]) -> bool:
    """True if only Tickiti can have sent the body: an envelope of a failure, or a failure in
    Laravel's form. A failure that says `ok: true` contradicts itself, so that it proves nothing."""
    if members.get("ok") is False or members.keys() & {"my_error", "amf_error"}:
        return True
    message, errors = members.get("message"), members.get("errors")
    if not isinstance(message, str) or (isinstance(errors, dict) and errors):
        return isinstance(message, str)
    return message.startswith(ROUTE_MISSING) and request.endpoint.path.strip("/") in message


def _not_ours(request: Request) -> NotOffered:
    """Returns the error for an endpoint of the bundled server that a vendor's install lacks."""
    path = request.endpoint.path
    if f"{OURS}test/" in request.url:
        return not_in_test_mode()
    if f"{OURS}tokens" not in request.url:
        return NotOffered(f"This server has no {path}: only the bundled server offers that.")
    return NotOffered(
        "This server has no token management of its own; a vendor's install keeps its tokens "
        "in the web interface, at Administration -> API keys."
    )


def not_in_test_mode() -> NotOffered:
    """Returns the error for what only a server in test mode does."""
    return NotOffered(
        "This server is not in test mode.",
        hint="Start one: tickiti server start --name test --test --memory --port 0 --detach",
    )


def _kind(status: int, code: object) -> type[ApiError]:
    """Returns the error class of the code, or of the status where the two contradict."""
    effective = status if status >= 400 else 422
    kind = BY_CODE.get(code) if isinstance(code, str) else None
    if kind is not None and kind.status == effective:
        return kind
    return BY_STATUS.get(effective, BY_STATUS[500] if effective >= 500 else BY_STATUS[400])


def _sentence(members: Mapping[str, Any]) -> str:
    """Returns the one of `error` and `message` that reads like a sentence; either may be a code."""
    found = [members.get(name) for name in ("message", "error", "my_error", "amf_error")]
    texts = [text for text in found if isinstance(text, str) and text]
    return max(texts, key=lambda text: " " in text, default="")


def _field_errors(found: Any) -> dict[str, list[str]]:
    if not isinstance(found, dict):
        return {}
    return {
        str(name): [str(text) for text in (texts if isinstance(texts, list) else [texts])]
        for name, texts in found.items()
    }
