"""What a server answered: a reply read, or one of the contract's errors rebuilt from it.

The rule of this file: anything that is not plainly a success of Tickiti is a failure, and what is
not plainly Tickiti's own word says nothing of an operation: a load balancer, a firewall or a web
server in between may have said it.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from tickiti_cli import __version__
from tickiti_cli.contract.endpoint import Endpoint, Envelope
from tickiti_cli.contract.errors import BY_CODE, BY_STATUS, ApiError
from tickiti_cli.errors import ForeignReply, NotOffered, TickitiError, Unreachable
from tickiti_cli.retrying import may_help, retry_after_seconds

OURS = "/_tickiti/"

ROUTE_MISSING = ("The route ", "The POST method is not supported for route ")
"""How Laravel begins to say that an install has no such path; then it names the path."""


class Members(dict[str, Any]):
    """An object of a reply. A member that is missing is the server's fault, not ours."""

    def __missing__(self, name: str) -> Any:
        raise ForeignReply(f"The server's reply lacks '{name}'.", status=200)


UNTOLD = ""
"""In the place of an id that the reply of a write does not tell."""


class Accepted(Members):
    """The data of a write that was carried out. What it lacks cannot make that undone: a member
    that is missing is noted in `lacking`, and only the sentence for a person goes without it."""

    def __init__(self, data: Any) -> None:
        super().__init__(data if isinstance(data, dict) else {})
        self.lacking: list[str] = []

    def id(self, name: str) -> str | int:
        """The id of what was made; UNTOLD where the reply has none."""
        found = self.get(name)
        if isinstance(found, (str, int)) and not isinstance(found, bool):
            return found
        return self.__missing__(name)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The objects of a list; none where the reply has none."""
        found = self.get(name)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def __missing__(self, name: str) -> str:
        self.lacking.append(name)
        return UNTOLD


class Reply(NamedTuple):
    """A success: the body as the server sent it, and which operation it belongs to."""

    body: Any
    text: str
    head: str
    """The status line and the headers, as HTTP writes them."""

    key: str | None = None
    endpoint: str = ""
    """Its name in the catalogue."""

    @property
    def is_replay(self) -> bool:
        return "\nidempotency-replayed: true" in self.head.lower()

    def header(self, name: str) -> str | None:
        """Its value; None where the reply has none of that name."""
        lines = (line.partition(": ") for line in self.head.splitlines()[1:])
        return next((value for found, _, value in lines if found.lower() == name), None)

    @property
    def bare(self) -> Any:
        """The `data` of an envelope; a bare reply is its own data."""
        return self.body.get("data", self.body) if isinstance(self.body, dict) else self.body

    @property
    def data(self) -> Any:
        """The answer to a question, of the shape that this program relies on. Raises
        ForeignReply."""
        from tickiti_cli import shapes  # noqa: PLC0415 - a write has no need of it

        shapes.check(self.endpoint, self.bare)
        return self.bare

    @property
    def accepted(self) -> Accepted:
        """What a write without a key reports, whatever the server says beside that it is done."""
        return Accepted(self.bare)

    @property
    def written(self) -> Accepted:
        """What a write reports: its data and its operation."""
        found = self.accepted
        found |= {"idempotency_key": self.key, "replayed": self.is_replay}
        return found


class Request(NamedTuple):
    """What will be sent, the token aside. `content` is the exact bytes of every attempt."""

    endpoint: Endpoint
    url: str
    content: bytes
    key: str | None

    @property
    def is_write(self) -> bool:
        return self.endpoint.writes

    @property
    def headers(self) -> dict[str, str]:
        found = {
            "Accept": "application/json",
            # A reply is small, and a compressed one could unfold to any size.
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": f"tickiti/{__version__}",
        }
        return found | ({"Idempotency-Key": self.key} if self.key else {})


class Preview(Exception):
    """Raised in place of sending: --dry-run and --print-curl end a command here."""

    def __init__(self, request: Request) -> None:
        self.request = request
        super().__init__("preview")


def read(request: Request, status: int, headers: Mapping[str, str], raw: bytes) -> Reply:
    """The reply of a success; raises for everything else, whatever form it has."""
    if 300 <= status < 400:
        raise ForeignReply(f"{request.url} answered with a redirect ({status}).", status=status)
    try:
        text, body = _parsed(raw)
    except (ValueError, RecursionError) as error:
        if status < 400:
            raise _unreadable(request, status, headers) from error
        text, body = "", {}
    if status >= 400 or _is_failure(body):
        raise _error(request, status, headers, body)
    if not _has_shape(request.endpoint.envelope, body):
        message = f"{request.url} answered {status} without the data of Tickiti's reply."
        raise ForeignReply(message, status=status)
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    return Reply(body, text, "\n".join(lines), request.key, request.endpoint.name)


def _parsed(raw: bytes) -> tuple[str, Any]:
    """The text and what it says, both of them JSON: some write NaN, or half a character, where
    JSON has no word for it. Raises ValueError, RecursionError."""
    text = raw.decode(json.detect_encoding(raw))  # by its byte order mark, which goes
    odd: list[str] = []
    body = json.loads(
        text,
        object_hook=Members,
        parse_constant=odd.append,
        parse_float=lambda digits: _finite(digits, odd),
    )
    if "\\ud" in text or "\\uD" in text:
        body = json.loads(
            _whole_characters(json.dumps(body, ensure_ascii=False)), object_hook=Members
        )
        odd.append("surrogate")
    return (json.dumps(body, ensure_ascii=False) if odd else text), body


def _finite(digits: str, odd: list[str]) -> float | None:
    found = float(digits)
    if abs(found) != float("inf"):
        return found
    odd.append(digits)
    return None


def _whole_characters(text: str) -> str:
    """With U+FFFD for each half of a pair that stands alone."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unreadable(
    request: Request, status: int, headers: Mapping[str, str]
) -> ForeignReply | Unreachable:
    """A success that is no JSON: spoilt on its way, or another server's page."""
    if "json" in headers.get("content-type", ""):
        message = f"{request.url} answered {status} with JSON that is damaged or incomplete."
        return Unreachable(message, may_have_arrived=True)
    message = f"{request.url} answered {status} with something that is not JSON."
    return ForeignReply(message, status=status)


def _has_shape(envelope: Envelope, body: Any) -> bool:
    if envelope is Envelope.BARE:
        return True
    kind = list if envelope is Envelope.PAGE else dict
    return isinstance(body, dict) and isinstance(body.get("data"), kind)


def _is_failure(body: Any) -> bool:
    """A 200 can still be a failure: the vendor's older replies say so in the body."""
    if not isinstance(body, dict):
        return False
    return body.get("ok") is False or any(
        body.get(name) for name in ("error", "my_error", "amf_error")
    )


def _error(
    request: Request, status: int, headers: Mapping[str, str], body: Any
) -> TickitiError | ApiError:
    members = body if isinstance(body, dict) else {}
    if status == 404 and OURS in request.url and _is_no_route(members):
        return _not_ours(request)
    code = members.get("code")
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
    return error


def _is_no_route(members: Mapping[str, Any]) -> bool:
    """Whether a 404 is of the path itself, not of a thing that the request names."""
    return members.get("code") in (None, "not_found") and not members.get("errors")


def _unsaid(request: Request, status: int) -> str:
    """What a page of a web server or a proxy comes to. One that is not of Tickiti at all is told
    with its address, which may be the wrong one."""
    if status >= 500 and status != 501:
        return f"The server answered {status}."
    return f"{request.url} answered {status}."


def _is_own_word(request: Request, members: Mapping[str, Any]) -> bool:
    """Whether only Tickiti can have said it: an envelope, or a failure of Laravel's own shape."""
    if isinstance(members.get("ok"), bool) or members.keys() & {"my_error", "amf_error"}:
        return True
    message, errors = members.get("message"), members.get("errors")
    if not isinstance(message, str):
        return False
    if isinstance(errors, dict) and errors:
        return True
    return message.startswith(ROUTE_MISSING) and request.endpoint.path.strip("/") in message


def _not_ours(request: Request) -> NotOffered:
    """A vendor's install has nothing under our own prefix."""
    if f"{OURS}tokens" not in request.url:
        path = request.endpoint.path
        return NotOffered(f"This server has no {path}: only the bundled server offers that.")
    return NotOffered(
        "This server has no token management of its own; a vendor's install keeps its tokens "
        "in the web interface, at Administration -> API keys."
    )


def _kind(status: int, code: object) -> type[ApiError]:
    """The class of a code, unless it contradicts the status; else the status's own."""
    effective = status if status >= 400 else 422
    kind = BY_CODE.get(code) if isinstance(code, str) else None
    if kind is not None and kind.status == effective:
        return kind
    return BY_STATUS.get(effective, BY_STATUS[500] if effective >= 500 else BY_STATUS[400])


def _sentence(members: Mapping[str, Any]) -> str:
    """`error` or `message`, whichever reads like a sentence: either may be a bare code."""
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
