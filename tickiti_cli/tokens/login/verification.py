"""Verifies a login before it is stored: the address is a Tickiti, and the token is valid.

Rule: no request here has an effect, and the token goes to no address but the one that the user
named.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from tickiti_cli.api.connection.trouble import WRONG_HOST
from tickiti_cli.api.retry import Policy
from tickiti_cli.api.sender import Sender
from tickiti_cli.config import token_expiry
from tickiti_cli.config.resolution import Config
from tickiti_cli.contract import classic
from tickiti_cli.contract.errors import ApiError, Unauthenticated
from tickiti_cli.errors import (
    ExitCode,
    ForeignReply,
    NotOffered,
    NotVerified,
    TickitiError,
    exit_code,
)
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens.current import token_in_use

NOTHING_STORED = "Nothing was stored."
NOT_VERIFIED_HINT = f"{NOTHING_STORED} To skip the verification: tickiti auth login --no-verify"
NO_SUCH_ADDRESS = (404, 405)
MOST_SUGGESTED = 4


def confirm(runtime: Runtime, profile: str, base_url: str, token: str) -> Mapping[str, Any]:
    """Return the token's row, or what is known of the token where the server shows no rows. The TLS
    settings are those of `profile`, under which the login is to be stored.

    Raises NotVerified for a wrong token or address, and other errors for trouble on the way. The
    hint says that nothing was stored.
    """
    with _as_login_errors(runtime, profile, base_url):
        try:
            return _row(_client(runtime, profile, base_url, token), base_url)
        except Unauthenticated as error:
            known = runtime.config.credentials.find(profile)
            end = known.get("expires_at") if known.get("token") == token else None
            raise rejected(base_url, error, end, last=NOTHING_STORED) from None


def confirm_address(runtime: Runtime, profile: str, base_url: str) -> None:
    """Return if there is a Tickiti at the address, which is sent no token. Raises NotVerified, and
    Unreachable where there is no connection."""
    with (
        _as_login_errors(runtime, profile, base_url),
        suppress(Unauthenticated),
    ):  # the token will tell
        _client(runtime, profile, base_url, "").call(classic.idempotency_key, {})


def rejected(
    base_url: str, error: Unauthenticated, expires_at: object, *, first: str = "", last: str = ""
) -> NotVerified:
    """Return the error for a token that the server does not accept. It names the reason that the
    server gives, or the stored end of the token; most servers give no reason.

    `first` stands before the hint, `last` on a line of its own behind it.
    """
    reason = "" if error.message == Unauthenticated.sentence else f": {error.message.rstrip('.')}"
    if not reason and (end := token_expiry.ends_soon(expires_at)).startswith("expired"):
        reason = f": it {end}"
    unknown = "It is mistyped, expired or revoked."
    make = f"Create a new one at {base_url}, Administration -> API keys."
    return NotVerified(
        f"{base_url} rejects this token{reason}.",
        hint=f"{' '.join(filter(None, (first, '' if reason else unknown, make)))}\n{last}".strip(),
        exit_code=ExitCode.AUTHENTICATION,
        code=error.code,
    )


def rejected_in_use(runtime: Runtime, error: Unauthenticated) -> NotVerified:
    """Return the error for the token in use, which the server does not accept."""
    config = runtime.config
    store = config.store_in_use  # the one token that a login replaces
    first = f"Log in again: tickiti auth login -p {store.profile}." if store else ""
    return rejected(config.connection.base_url, error, config.stored_expiry, first=first)


@contextmanager
def _as_login_errors(runtime: Runtime, profile: str, base_url: str) -> Iterator[None]:
    """Turn the errors of a verification into those of a login: each says that nothing was stored.
    Raises NotVerified."""
    try:
        yield
    except NotVerified:
        raise
    except (ForeignReply, NotOffered) as error:
        raise _not_a_tickiti(runtime, profile, base_url, error) from None
    except ApiError as error:
        if error.status in NO_SUCH_ADDRESS:
            raise _not_a_tickiti(runtime, profile, base_url, error) from None
        message = f"{base_url} could not verify the token ({error.status}): {error}"
        raise NotVerified(
            message, hint=NOT_VERIFIED_HINT, exit_code=exit_code(error), code=error.code
        ) from None
    except TickitiError as error:
        about_profile = error.hint.startswith(WRONG_HOST)  # which is not stored yet
        hint = "Check the address." if about_profile else error.hint
        error.hint = f"{hint}\n{NOT_VERIFIED_HINT}".strip()
        raise


def _row(client: Sender, base_url: str) -> Mapping[str, Any]:
    row = token_in_use(client)
    if isinstance(row, Mapping) and isinstance(row.get("expires_at"), str | None):
        return row
    raise ForeignReply(f"{base_url} does not describe the token.", status=200)


def _not_a_tickiti(
    runtime: Runtime, profile: str, base_url: str, error: ApiError | TickitiError
) -> NotVerified:
    """Return the error for an address without a Tickiti. It suggests a shorter address that
    answers."""
    near = shorter_address(runtime, profile, base_url)
    hint = (
        f"Did you mean --base-url {near} ?\n{NOTHING_STORED}"
        if near
        else (
            "Give the address that a browser shows, without a path such as /api.\n"
            f"{NOT_VERIFIED_HINT}"
        )
    )
    status = getattr(error, "status", 404)
    return NotVerified(
        f"{base_url} is not a Tickiti server: it answers with {status}.",
        hint=hint,
        exit_code=ExitCode.NOT_FOUND if status in NO_SUCH_ADDRESS else ExitCode.REJECTED,
        code="not_found" if status in NO_SUCH_ADDRESS else ForeignReply.code,
    )


def shorter_address(runtime: Runtime, profile: str, base_url: str) -> str | None:
    """Return the address of a Tickiti in a folder above `base_url`, as above `/api`; else None."""
    above = _shorter_addresses(base_url)
    return next((url for url in above if _is_tickiti(runtime, profile, url)), None)


def _shorter_addresses(base_url: str) -> Iterator[str]:
    """Yield the address with one part of its path less each time."""
    scheme, _, rest = base_url.partition("://")
    parts = rest.split("/")
    for length in range(len(parts) - 1, 0, -1)[:MOST_SUGGESTED]:
        yield f"{scheme}://{'/'.join(parts[:length])}"


def _is_tickiti(runtime: Runtime, profile: str, base_url: str) -> bool:
    """Ask for an idempotency key, because that is the one request that needs no token."""
    try:
        _client(runtime, profile, base_url, "").call(classic.idempotency_key, {})
    except (ApiError, TickitiError):
        return False
    return True


def _client(runtime: Runtime, profile: str, base_url: str, token: str) -> Sender:
    """Return a client that makes one attempt, because a person waits for the answer."""
    flags = runtime.globals._replace(profile=None, base_url=base_url, token_file=None)
    config = Config(flags, runtime.environ)
    known = runtime.config.profiles.get(profile, {})
    environment_ca = runtime.environ.get("REQUESTS_CA_BUNDLE") or None
    return runtime.senders.sender_of(
        config,
        token=lambda: token,
        policy=Policy(0, config.setting("max_time").value),
        journal=None,
        is_probe=True,
        is_preview=False,
        ca_bundle=flags.ca_bundle or known.get("ca_bundle") or environment_ca,
        insecure=flags.insecure or known.get("insecure", False),
        allow_http=flags.allow_http or known.get("allow_http", False),
    )
