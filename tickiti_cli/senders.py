"""The senders and clients of a run: how each gets its token, and what it tells a person.

Rule: a remark about a token is made once a run, however many senders there are.
"""

from collections.abc import Callable
from typing import Any

from tickiti_cli.api.client import Client, sender_for
from tickiti_cli.api.journal.journal import Journal
from tickiti_cli.api.request import Request
from tickiti_cli.api.sender import Remarks, Sender
from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.config.resolution import Config
from tickiti_cli.output.output import Output
from tickiti_cli.output.streams import Streams


class Senders:
    """Makes a sender or a client for each configuration that a command asks for."""

    def __init__(
        self,
        *,
        flags: GlobalFlags,
        streams: Streams,
        journal: Journal,
        output: Output,
        confirm: Callable[[Config, Request], None],
        explain: Callable[[Exception, bytes], None],
    ) -> None:
        """`confirm` raises UsageProblem for a write that nobody agrees to. `explain` rewrites an
        error in the words of the command."""
        self._flags = flags
        self._streams = streams
        self._journal = journal
        self._output = output
        self._confirm = confirm
        self._explain = explain
        self._has_checked_expiry = False
        self._has_told_of_unused = False

    def client_of(self, config: Config, **changes: Any) -> Client:
        """Returns a client for the server of a configuration; `changes` as in `sender_of`."""
        return Client(
            self.sender_of(config, **changes),
            config,
            flags=self._flags,
            environ=self._streams.environ,
            journal=self._journal,
            progress=self._output.progress,
        )

    def sender_of(
        self,
        config: Config,
        *,
        token: Callable[[], str] | None = None,
        is_probe: bool = False,
        **changes: Any,
    ) -> Sender:
        """Returns a sender with a connection of its own, and with another token if one is given;
        `changes` are members of its Options. `is_probe`: its requests have no effect, so that
        nobody has to confirm them."""
        if not is_probe and config.confirms_writes:
            changes["allow"] = lambda request: self._confirm(config, request)
        output = self._output
        sender = sender_for(
            config,
            flags=self._flags,
            environ=self._streams.environ,
            token=token or (lambda: self._token_of(config)),
            journal=self._journal,
            remarks=Remarks(
                output.remark, output.progress, output.detail, output.status, self._explain
            ),
        )
        return sender.with_options(**changes) if changes else sender

    def _token_of(self, config: Config) -> str:
        """Returns the token; warns a person once of its end, a cron job only under --verbose."""
        token = config.token
        self.tell_of_unused_token(config)
        is_read = self._flags.verbose or self._streams.is_terminal(self._streams.stderr)
        if is_read and not self._has_checked_expiry:
            from tickiti_cli.config import token_expiry  # noqa: PLC0415 - only for a reader

            self._has_checked_expiry = True
            if warning := token_expiry.warning(config):
                self._output.remark(warning)
        return token

    def tell_of_unused_token(self, config: Config) -> None:
        """Says once that the environment names a token that is not used."""
        if not self._has_told_of_unused and (told := config.unused_token):
            self._output.remark(told)
        self._has_told_of_unused = True
