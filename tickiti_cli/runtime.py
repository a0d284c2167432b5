"""The world that a command runs in, built piece by piece.

Each property imports its module when a command first asks for it, so that `tickiti --help` imports
none.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tickiti_cli import paths
from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.control_characters import strip_controls
from tickiti_cli.output.streams import Streams

if TYPE_CHECKING:
    from tickiti_cli.api.client import Client
    from tickiti_cli.api.journal.journal import Journal
    from tickiti_cli.api.journal.resets import Resets
    from tickiti_cli.api.paging import Part
    from tickiti_cli.api.request import Request
    from tickiti_cli.api.sender import Sender
    from tickiti_cli.config.resolution import Config
    from tickiti_cli.output.consent import Consent
    from tickiti_cli.output.format import Limited
    from tickiti_cli.output.output import Output
    from tickiti_cli.senders import Senders


_OF_SERVER = ("base_url", "token_file")
"""Flags that name a server or its token."""


class Runtime:
    """`given` is filled while the command line is read; everything else follows from it."""

    def __init__(self, streams: Streams | None = None) -> None:
        self.given: dict[str, Any] = {}
        self.streams = streams or Streams.of_the_process()
        self.next_step = ""
        """How to go on with a command that is interrupted: the sentence for a person."""
        self.draft: Path | None = None
        """The file with the text that a person typed in an editor, until a server has the text."""

        self.context: Any = None
        """The parser's context of the command."""
        self.columns: Mapping[str, str] = {}
        """The columns of the file that a bulk job reads, by their fields."""

    @property
    def environ(self) -> Mapping[str, str]:
        return self.streams.environ

    @cached_property
    def globals(self) -> GlobalFlags:
        return GlobalFlags.of(self.given)

    @cached_property
    def config(self) -> "Config":
        from tickiti_cli.config.resolution import Config  # noqa: PLC0415

        return Config(self.globals, self.environ, self._remark_on_files)

    def _remark_on_files(self, line: str) -> None:
        """Writes a remark without an Output, which the files themselves choose."""
        if not self.globals.quiet:
            self.streams.remark(strip_controls(line))

    @cached_property
    def output(self) -> "Output":
        from tickiti_cli.output.choice import chosen_output  # noqa: PLC0415

        return chosen_output(self.config, self.globals, self.streams)

    @property
    def sure_output(self) -> "Output":
        """The output of a command that needs no setting: that of the settings, or the plainest one
        where a setting or a file is broken."""
        from tickiti_cli.errors import ConfigProblem  # noqa: PLC0415

        try:
            return self.output
        except ConfigProblem:
            return self.plainest_output

    @property
    def plainest_output(self) -> "Output":
        """An output for an error that may be about the settings of the output."""
        from tickiti_cli.output.choice import plainest_output  # noqa: PLC0415

        return plainest_output(self.globals, self.streams)

    @cached_property
    def journal(self) -> "Journal":
        from tickiti_cli.api.journal.journal import Journal  # noqa: PLC0415

        return Journal(paths.journal_dir(self.environ))

    @cached_property
    def resets(self) -> "Resets":
        """Which operations of the journal a test server has lost by a reset."""
        from tickiti_cli.api.journal.resets import Resets  # noqa: PLC0415

        def sender_of(config: "Config") -> "Sender":
            return self.senders.sender_of(config, journal=None, idempotency_key=None)

        return Resets(self.globals, self.environ, sender_of)

    @cached_property
    def client(self) -> "Client":
        return self.senders.client_of(self.config)

    @cached_property
    def senders(self) -> "Senders":
        from tickiti_cli.senders import Senders  # noqa: PLC0415

        return Senders(
            flags=self.globals,
            streams=self.streams,
            journal=self.journal,
            output=self.output,
            confirm=self._confirm_request,
            explain=self._explain,
        )

    def _explain(self, error: Exception, content: bytes) -> None:
        """Tells an error in the words of the command; `tickiti api` speaks those of the API."""
        if getattr(error, "errors", None) and self.context and self.context.info_name != "api":
            from tickiti_cli.output import blame  # noqa: PLC0415 - only where a request fails

            connection = self.config.connection
            given = [*blame.columns(self.columns), *blame.parameters(self.context)]
            given = blame.with_profile(given, connection.profile, connection.members)
            blame.explain(error, content, given)

    def use_profile(self, name: str) -> None:
        """Goes on with another profile, as if -p had named it. Objects that depend on the old
        profile are made again."""
        self.given = {key: value for key, value in self.given.items() if key not in _OF_SERVER}
        self.given["profile"] = name
        for made in ("globals", "config", "client"):
            self.__dict__.pop(made, None)

    @property
    def may_ask(self) -> bool:
        """Whether a question may be put to a person."""
        return self.streams.can_ask and not self.config.setting("no_input").value

    @cached_property
    def consent(self) -> "Consent":
        from tickiti_cli.output.consent import Consent  # noqa: PLC0415 - where a question is put

        return Consent(self.streams, self.globals, lambda: self.may_ask)

    def confirm(self, question: str, *, flag: str = "--yes") -> None:
        """Returns with --yes or a person's consent, else raises UsageProblem."""
        self.consent.confirm(question, flag=flag)

    def _confirm_request(self, config: "Config", request: "Request") -> None:
        if request.endpoint.writes:
            self.consent.confirm_write(config)

    def take_lock(self) -> None:
        """Holds the lock of --lock until the process ends. Raises LockedOut, UsageProblem."""
        if self.globals.lock is not None:
            from tickiti_cli.files import lock  # noqa: PLC0415 - few commands take --lock

            lock.take_named(paths.locks_dir(self.environ), self.globals.lock)

    def tell_of_limit(self, limited: "Limited") -> None:
        """Tells that --limit has cut a list that has no pages."""
        if limited.total > limited.most:
            from tickiti_cli.api.paging import Part  # noqa: PLC0415 - of --limit alone

            self.tell_of_more(Part(limited.most, has_more=True, total=limited.total), "rows")

    def tell_of_more(self, part: "Part", noun: str) -> None:
        """Tells that a list has more rows than were shown. `noun` names them: tickets.

        A script that gave --limit is not told, because cron would mail the line.
        """
        was_asked = "limit" in self.given
        if part.has_more and not (was_asked and not self.streams.is_terminal(self.streams.stderr)):
            self.output.remark(part.remark(noun))
