"""Finishing a write that was begun: the same key and the same bytes, to the same server.

The rule of this file: what cannot be finished safely is refused with the reason, never guessed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tickiti_cli import token_family
from tickiti_cli.config import Config
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import ConfigProblem, LockedOut, PartlyDone, TickitiError
from tickiti_cli.journal import Entry, State
from tickiti_cli.key_age import refuse_forgotten
from tickiti_cli.replies import Request
from tickiti_cli.runtime import Runtime


class Resuming:
    """One run of `op resume`. `takes_other_tokens`: the user has said that a key may be sent with
    a token of another family."""

    def __init__(self, runtime: Runtime, *, takes_other_tokens: bool) -> None:
        self._runtime = runtime
        self._takes_other_tokens = takes_other_tokens
        self._configs: dict[tuple[str | None, str], Config] = {}
        """By profile and address: a token from standard input can be read once."""

    def one(self, entry: Entry) -> Mapping[str, Any]:
        """What `op resume` shows of it. A closed operation is shown as it ended; nothing is sent.

        Raises LockedOut while another process works on it.
        """
        with self._runtime.journal.held(entry) as now:
            if now.state is State.PENDING:
                self._finish(now)
        return row(self._runtime.journal.find(entry.id))

    def all(self, entries: list[Entry]) -> Iterator[Mapping[str, Any]]:
        """Each in the order in which they were begun; one that fails does not stop the next, and
        what another process works on is left to it.

        Raises PartlyDone at the end if any failed.
        """
        outcomes = []
        for entry in entries:
            try:
                yield self.one(entry)
            except LockedOut as busy:
                self._runtime.output.remark(busy.message)
            except (ApiError, TickitiError) as error:
                outcomes.append(error.outcome)
                self._runtime.output.remark(f"{entry.id}: {error}")
        if outcomes:
            partly = PartlyDone(
                f"{len(outcomes)} of {len(entries)} operations failed.", hint="See: tickiti op list"
            )
            partly.is_of_many = True
            partly.outcome = "unknown" if "unknown" in outcomes else outcomes[0]
            raise partly

    def _finish(self, entry: Entry) -> None:
        try:
            request, config = self._prepared(entry)
        except (ApiError, TickitiError) as error:
            error.outcome = "unknown"  # as before: nothing was sent
            raise
        # An interruption asks the runtime what is under way.
        client = self._runtime.client = self._runtime.client_of(config)
        client.send(request, entry)

    def _prepared(self, entry: Entry) -> tuple[Request, Config]:
        """What to send, and with what. Raises what makes it unsafe."""
        runtime = self._runtime
        refuse_forgotten(runtime.journal, entry, None)
        if entry.endpoint not in CATALOGUE:
            raise ConfigProblem(f"This version has no endpoint '{entry.endpoint}'.")
        config = self._config(entry)
        base_url = config.connection.base_url
        has_moved = base_url != entry.base_url
        if has_moved:
            runtime.output.remark(f"Profile '{entry.profile}' is at {base_url} now.")
        token_family.refuse_another(
            runtime,
            config,
            entry.bearer,
            what=f"Operation {entry.id}",
            is_allowed=self._takes_other_tokens,
            has_moved=has_moved,
        )
        refuse_forgotten(runtime.journal, entry, runtime.client_of(config).clock())
        endpoint = CATALOGUE[entry.endpoint]
        assert entry.body is not None
        content = entry.body.encode()
        return Request(endpoint, base_url + endpoint.path, content, entry.key), config

    def _config(self, entry: Entry) -> Config:
        """What leads to the server and the token that the operation began with."""
        known = self._configs.get((entry.profile, entry.base_url))
        if known is not None:
            return known
        flags = self._runtime.globals._replace(profile=entry.profile)
        config = Config(flags, self._runtime.environ)
        # A profile may have moved with its server. Without one the address is all that is known,
        # and a profile's token for it may be of another family, for which the key is a new one.
        found = config.connection
        if entry.profile is None and (found.profile or found.base_url != entry.base_url):
            raise ConfigProblem(
                f"Operation {entry.id} belongs to {entry.base_url}, and nothing says which token "
                "to use there.",
                hint=f"Add --base-url {entry.base_url} and a token with --token-file FILE.",
            )
        self._configs[entry.profile, entry.base_url] = config
        return config


def row(entry: Entry) -> dict[str, Any]:
    """An operation as it is listed."""
    return {
        "id": entry.id,
        "state": entry.state.value,
        "endpoint": entry.endpoint or None,
        "idempotency_key": entry.key or None,
        "profile": entry.profile,
        "base_url": entry.base_url or None,
        "token_id": entry.token_id,
        "first_sent_at": entry.first_sent_at or None,
        "closed_at": entry.closed_at,
        "result": entry.result,
    }
