"""A login tried before it is stored: the server answers as a Tickiti does, and knows the token.

The rule of this file: nothing it asks has any effect, and the token goes to no address but the one
that was named.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tickiti_cli.checking import token_in_use
from tickiti_cli.client import Client
from tickiti_cli.config import Config
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
from tickiti_cli.retrying import Policy
from tickiti_cli.runtime import Runtime

NOTHING = "Nothing was stored."
WITHOUT = f"{NOTHING} To store it without asking the server: --no-verify"
NO_SUCH_ADDRESS = (404, 405)
MOST_SUGGESTED = 4


def confirm(runtime: Runtime, profile: str, base_url: str, token: str) -> Mapping[str, Any]:
    """The token's row, or what is known of it where the server shows no rows; `profile` is the one
    it is to be stored as, whose certificates count.

    Raises NotVerified for a token or an address that is wrong, and what is wrong with the way to
    the server; the hint says that nothing was stored.
    """
    try:
        return _row(_client(runtime, profile, base_url, token), base_url)
    except Unauthenticated as error:
        message = f"{base_url} does not accept this token."
        hint = f"{NOTHING} Check that the whole token was given, and that it is not revoked."
        code = ExitCode.AUTHENTICATION
        raise NotVerified(message, hint=hint, exit_code=code, code=error.code) from None
    except (ForeignReply, NotOffered) as error:
        raise _no_tickiti(runtime, profile, base_url, error) from None
    except ApiError as error:
        if error.status in NO_SUCH_ADDRESS:
            raise _no_tickiti(runtime, profile, base_url, error) from None
        message = f"{base_url} could not be asked about the token ({error.status}): {error}"
        raise NotVerified(
            message, hint=WITHOUT, exit_code=exit_code(error), code=error.code
        ) from None
    except TickitiError as error:
        error.hint = f"{error.hint} {WITHOUT}".strip()
        raise


def _row(client: Client, base_url: str) -> Mapping[str, Any]:
    row = token_in_use(client)
    if isinstance(row, Mapping) and isinstance(row.get("expires_at"), str | None):
        return row
    raise ForeignReply(f"{base_url} says nothing of the token.", status=200)


def _no_tickiti(
    runtime: Runtime, profile: str, base_url: str, error: ApiError | TickitiError
) -> NotVerified:
    """With the address that was meant, where one is found to answer."""
    near = next((url for url in _shorter(base_url) if _answers(runtime, profile, url)), None)
    hint = (
        f"Did you mean --base-url {near} ? {NOTHING}"
        if near
        else (
            "Give the address that a browser shows, without what follows the host, such as /api. "
            f"{WITHOUT}"
        )
    )
    status = getattr(error, "status", 404)
    return NotVerified(
        f"There is no Tickiti at {base_url}: it answers with {status}.",
        hint=hint,
        exit_code=ExitCode.NOT_FOUND if status in NO_SUCH_ADDRESS else ExitCode.REJECTED,
        code="not_found" if status in NO_SUCH_ADDRESS else ForeignReply.code,
    )


def _shorter(base_url: str) -> Iterator[str]:
    """The same address with less and less of its path."""
    scheme, _, rest = base_url.partition("://")
    parts = rest.split("/")
    for length in range(len(parts) - 1, 0, -1)[:MOST_SUGGESTED]:
        yield f"{scheme}://{'/'.join(parts[:length])}"


def _answers(runtime: Runtime, profile: str, base_url: str) -> bool:
    """By the one question that needs no token."""
    try:
        _client(runtime, profile, base_url, "").call(classic.idempotency_key, {})
    except (ApiError, TickitiError):
        return False
    return True


def _client(runtime: Runtime, profile: str, base_url: str, token: str) -> Client:
    """One try: whoever logs in waits for the answer."""
    flags = runtime.globals._replace(profile=None, base_url=base_url, token_file=None)
    config = Config(flags, runtime.environ)
    known = runtime.config.profiles.get(profile, {})
    environment_ca = runtime.environ.get("REQUESTS_CA_BUNDLE") or None
    return runtime.client_of(
        config,
        token=lambda: token,
        policy=Policy(0, config.setting("max_time").value),
        journal=None,
        is_preview=False,
        ca_bundle=flags.ca_bundle or known.get("ca_bundle") or environment_ca,
        insecure=flags.insecure or known.get("insecure", False),
        allow_http=flags.allow_http or known.get("allow_http", False),
    )
