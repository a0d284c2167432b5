"""Finishes a write whose outcome is unknown: the same key and bytes, to the same server.

Rule: an operation that cannot be finished safely is refused with the reason, never guessed.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tickiti_cli.api.journal import token_family
from tickiti_cli.api.journal.epoch import RESET
from tickiti_cli.api.journal.journal import Operation, State
from tickiti_cli.api.journal.key_age import refuse_forgotten
from tickiti_cli.api.request import Request
from tickiti_cli.api.sender import Sender
from tickiti_cli.config.resolution import Config
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import ConfigProblem, LockedOut, OutcomeUnknown, PartlyDone, TickitiError
from tickiti_cli.runtime import Runtime


class Finisher:
    """One run of `op resume`. `takes_other_tokens`: the user allows sending a key with a token of
    another family."""

    def __init__(self, runtime: Runtime, *, takes_other_tokens: bool) -> None:
        self._runtime = runtime
        self._takes_other_tokens = takes_other_tokens

    def finish(self, entry: Operation) -> Mapping[str, Any]:
        """Finish an operation and return its row. A closed operation sends nothing, nor does one
        from before a reset.

        Raises LockedOut while another process works on it.
        """
        with self._runtime.journal.locked(entry) as now:
            if now.state is State.PENDING:
                self._send(now)
        return row(self._runtime.journal.find(entry.id))

    def finish_all(self, entries: list[Operation]) -> Iterator[Mapping[str, Any]]:
        """Finish the operations in the order in which they began. A failure does not stop the next
        one, and an operation that another process has locked is skipped.

        Raises PartlyDone at the end if any failed.
        """
        outcomes = []
        for entry in entries:
            try:
                yield self.finish(entry)
            except LockedOut as busy:
                self._runtime.output.remark(busy.message)
            except (ApiError, TickitiError) as error:
                outcomes.append(error.outcome)
                self._runtime.output.remark(f"{entry.id}: {error}")
                if isinstance(error, OutcomeUnknown):  # every later run would refuse it again
                    self._runtime.output.remark(error.hint)
        if outcomes:
            partly = PartlyDone(
                f"{len(outcomes)} of {len(entries)} operations failed.", hint="See: tickiti op list"
            )
            partly.is_of_many = True
            partly.outcome = "unknown" if "unknown" in outcomes else outcomes[0]
            raise partly

    def _send(self, entry: Operation) -> None:
        try:
            if self._runtime.resets.was_reset(entry):
                self._runtime.journal.close(entry, State.RESET, RESET)
                return
            request, config = self._prepare(entry)
            # A Ctrl-C asks the runtime's client for the request under way.
            client = self._runtime.client = self._runtime.senders.client_of(config)
            _upload(client.sender, entry)
        except (ApiError, TickitiError) as error:
            error.outcome = "unknown"  # unchanged, because the request was not sent
            error.idempotency_key, error.operation = entry.key, entry.id
            raise
        client.sender.send(request, entry)

    def _prepare(self, entry: Operation) -> tuple[Request, Config]:
        """Return the request to send and the configuration to send it with. Raises the reason why
        sending is unsafe."""
        runtime = self._runtime
        refuse_forgotten(runtime.journal, entry, None)
        if entry.endpoint not in CATALOGUE:
            raise ConfigProblem(f"This version does not know the endpoint '{entry.endpoint}'.")
        config = runtime.resets.config_of(entry)
        base_url = config.connection.base_url
        has_moved = base_url != entry.base_url
        if has_moved:
            runtime.output.remark(f"Profile '{entry.profile}' now points to {base_url}.")
        token_family.refuse_another(
            runtime.senders.sender_of(config, journal=None, idempotency_key=None),
            config,
            entry.bearer,
            what=f"Operation {entry.id}",
            confirm=runtime.confirm,
            is_allowed=self._takes_other_tokens,
            has_moved=has_moved,
        )
        refuse_forgotten(runtime.journal, entry, runtime.senders.sender_of(config).clock())
        endpoint = CATALOGUE[entry.endpoint]
        assert entry.body is not None
        content = entry.body.encode()
        return Request(endpoint, base_url + endpoint.path, content, entry.key), config


def _upload(sender: Sender, entry: Operation) -> None:
    """Upload the files of an operation once more, because a server forgets what nothing names.

    Raises ConfigProblem for a file that is gone or changed.
    """
    if entry.files:
        from tickiti_cli.input.uploads import LocalFile, upload  # noqa: PLC0415 - few have files

        upload(sender, [LocalFile(**file) for file in entry.files])


def row(entry: Operation) -> dict[str, Any]:
    """Return an operation as `op list` shows it."""
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
