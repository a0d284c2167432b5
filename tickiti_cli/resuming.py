"""Finishing a write that was begun: the same key and the same bytes, to the same server.

The rule of this file: what cannot be finished safely is refused with the reason, never guessed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tickiti_cli.config import Config
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import (
    ConfigProblem,
    LockedOut,
    OutcomeUnknown,
    PartlyDone,
    TickitiError,
)
from tickiti_cli.journal import Entry, State
from tickiti_cli.replies import Request
from tickiti_cli.runtime import Runtime


def resume(runtime: Runtime, entry: Entry) -> Mapping[str, Any]:
    """What `op resume` shows of it. A closed operation is shown as it ended; nothing is sent.

    Raises LockedOut while another process works on it.
    """
    with runtime.journal.held(entry) as now:
        if now.state is State.PENDING:
            _finish(runtime, now)
    return row(runtime.journal.find(entry.id))


def resume_all(runtime: Runtime, entries: list[Entry]) -> Iterator[Mapping[str, Any]]:
    """Each in the order in which they were begun; one that fails does not stop the next, and what
    another process works on is left to it.

    Raises PartlyDone at the end if any failed.
    """
    failed = 0
    for entry in entries:
        try:
            yield resume(runtime, entry)
        except LockedOut as busy:
            runtime.output.remark(busy.message)
        except (ApiError, TickitiError) as error:
            failed += 1
            runtime.output.remark(f"{entry.id}: {error}")
    if failed:
        raise PartlyDone(
            f"{failed} of {len(entries)} operations failed.", hint="See: tickiti op list"
        )


def row(entry: Entry) -> dict[str, Any]:
    """An operation as it is listed."""
    return {
        "id": entry.id,
        "state": entry.state.value,
        "endpoint": entry.endpoint or None,
        "idempotency_key": entry.key or None,
        "profile": entry.profile,
        "base_url": entry.base_url or None,
        "first_sent_at": entry.first_sent_at or None,
        "closed_at": entry.closed_at,
        "result": entry.result,
    }


def _finish(runtime: Runtime, entry: Entry) -> None:
    if entry.is_too_old:
        raise OutcomeUnknown(
            f"Operation {entry.id} was begun at {entry.first_sent_at}: its server may have "
            "forgotten the key, and would do it a second time.",
            hint=f"See on the server whether it was done, then: tickiti op forget {entry.id}",
        )
    if entry.endpoint not in CATALOGUE:
        raise ConfigProblem(f"This version has no endpoint '{entry.endpoint}'.")
    config = _config(runtime, entry)
    base_url = config.connection.base_url
    if base_url != entry.base_url:
        runtime.output.remark(f"Profile '{entry.profile}' is at {base_url} now.")
    endpoint = CATALOGUE[entry.endpoint]
    assert entry.body is not None
    request = Request(endpoint, base_url + endpoint.path, entry.body.encode(), entry.key)
    runtime.client_of(config).send(request, entry)


def _config(runtime: Runtime, entry: Entry) -> Config:
    """What leads to the server and the token that the operation began with."""
    flags = runtime.globals._replace(profile=entry.profile)
    config = Config(flags, runtime.environ)
    # A profile may have moved with its server. Without one the address is all that is known, and
    # a profile's token for it may be of another family, for which the key is a new one.
    found = config.connection
    if entry.profile is None and (found.profile or found.base_url != entry.base_url):
        raise ConfigProblem(
            f"Operation {entry.id} belongs to {entry.base_url}, and nothing says which token to "
            "use there.",
            hint=f"Add --base-url {entry.base_url} and a token with --token-file FILE.",
        )
    return config
