"""The world a command runs in, built piece by piece when first asked for.

Laziness lives here: each property imports its module, so that `tickiti --help` imports none.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tickiti_cli import locations
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.file_system import is_folder
from tickiti_cli.errors import ConfigProblem, UsageProblem
from tickiti_cli.globals import Globals
from tickiti_cli.settings import BUILT_IN, Format
from tickiti_cli.streams import Streams, harmless

if TYPE_CHECKING:
    from tickiti_cli.client import Client
    from tickiti_cli.config import Config
    from tickiti_cli.contract.endpoint import Endpoint
    from tickiti_cli.journal import Journal
    from tickiti_cli.jq import Filter
    from tickiti_cli.output import Output
    from tickiti_cli.replies import Reply


class Runtime:
    """`given` is filled while the command line is read; everything else follows from it."""

    def __init__(self, streams: Streams | None = None) -> None:
        self.given: dict[str, Any] = {}
        self.streams = streams or Streams.of_the_process()
        self.way_on = ""
        """What a person is told when the command is cut short: how to go on with it."""
        self.draft: Path | None = None
        """What a person typed in an editor, until it has arrived."""

        self._has_looked_at_expiry = False
        self._answered: dict[Endpoint, Endpoint] = {}
        """By the classic row: the one of the two generations that did what it was asked."""

    @property
    def environ(self) -> Mapping[str, str]:
        return self.streams.environ

    @cached_property
    def globals(self) -> Globals:
        return Globals.of(self.given)

    @property
    def is_debugging(self) -> bool:
        """Asked when something has gone wrong already: reads no file that could be at fault."""
        variable = self.environ.get(locations.DEBUG, "")
        return bool(self.given.get("debug")) or variable not in ("", "0", "false")

    @cached_property
    def config(self) -> "Config":
        from tickiti_cli.config import Config  # noqa: PLC0415

        return Config(self.globals, self.environ, self._remark_on_files)

    def _remark_on_files(self, line: str) -> None:
        """Before there is an output: the files say which one it is."""
        if not self.globals.quiet:
            self.streams.remark(harmless(line))

    @cached_property
    def output(self) -> "Output":
        return self._output(self._format(), self._color(), jq=self._filter())

    @property
    def plainest_output(self) -> "Output":
        """For an error that may be about the very settings that say how to show it."""
        formats = (Format.JSON, Format.NDJSON)
        is_json = self.globals.json or self.globals.output in formats or self.globals.jq is not None
        return self._output(Format.JSON if is_json else Format.PLAIN, "never")

    @property
    def safest_output(self) -> "Output":
        """As asked for, or the plainest where what says so is broken."""
        try:
            return self.output
        except ConfigProblem:
            return self.plainest_output

    def _output(self, chosen: Format, color: str, jq: "Filter | None" = None) -> "Output":
        from tickiti_cli.output import Output  # noqa: PLC0415

        fields = self.globals.fields
        return Output(
            self.streams,
            chosen=chosen,
            fields=[name.strip() for name in fields.split(",")] if fields else None,
            jq=jq,
            is_quiet=self.globals.quiet,
            is_verbose=self.globals.verbose,
            color=color,
        )

    @cached_property
    def journal(self) -> "Journal":
        from tickiti_cli.journal import Journal  # noqa: PLC0415

        return Journal(locations.journal_dir(self.environ))

    def call(self, row: "Endpoint", body: Mapping[str, Any]) -> "Reply":
        """`client.call`, in the generation that the profile speaks; `row` is the classic one.

        The reply is the classic one, too. Raises what `client.call` raises.
        """
        asked = self._answered.get(row) or self._first(row)
        try:
            reply = self.client.call(asked, body)
        except ApiError as error:
            if row in self._answered or not self._may_choose:
                self.tell_of_v1(row, error)
                raise
            from tickiti_cli import generations  # noqa: PLC0415 - once in a week

            if not generations.has_refused(error):
                self._tell_of_stranger(error)
                raise
            asked = generations.other_than(asked, row)
            reply = self.client.call(asked, body)
            generations.Memory(self.environ, self.config.connection, row).note(asked, error)
        self._answered[row] = asked
        if asked is row or asked.name != "tickets.query":
            return reply
        from tickiti_cli import generations  # noqa: PLC0415 - no other reply differs

        return generations.as_classic(reply)

    def fix(self, row: "Endpoint") -> "Endpoint":
        """The row for a job, which goes to one endpoint in every run: v1's where that is chosen,
        and never what is remembered. `call` keeps to it from here on."""
        return self._answered.setdefault(row, self._of(row, self.config.connection.api))

    def tell_of_v1(self, row: "Endpoint", error: ApiError) -> None:
        """Where `auto` could not choose, and the classic endpoint is closed to the token."""
        found = self.config.connection
        if error.status == 403 and found.api == "auto" and self._of(row, "v1") is not row:
            self.output.progress(
                "A key that is given, an import and an export use the classic endpoints under "
                "`auto`. If the token is for v1: "
                f"tickiti config set profiles.{found.profile}.api v1"
            )

    def _tell_of_stranger(self, error: ApiError) -> None:
        """Why the other endpoint was not asked: nobody knows who has refused the first."""
        if error.is_foreign and error.status in (403, 404, 405):
            self.output.progress(
                "That answer is not plainly Tickiti's, so no other endpoint was asked. If this "
                "install has no v1: "
                f"tickiti config set profiles.{self.config.connection.profile}.api classic"
            )

    def _of(self, row: "Endpoint", api: str) -> "Endpoint":
        if api != "v1":
            return row
        from tickiti_cli.contract.tickets import TWINS  # noqa: PLC0415 - only v1 needs it

        return TWINS.get(row, row)

    @property
    def _may_choose(self) -> bool:
        """What may be sent again by a later run must not depend on what is remembered: a server
        may know its key for the one endpoint and not for the other. That is what has a key that
        was given, and what no journal keeps."""
        is_alone = self.globals.idempotency_key is None and not self.globals.no_journal
        return is_alone and self.config.connection.api == "auto"

    def _first(self, row: "Endpoint") -> "Endpoint":
        """The one of the two that is asked first."""
        api = self.config.connection.api
        if not self._may_choose:
            key = self.globals.idempotency_key
            if api != "auto" or key is None:
                return self._of(row, api)
            from tickiti_cli import generations  # noqa: PLC0415 - where there is a choice

            return generations.begun_with(self.journal, key, row)
        if is_folder(locations.generations_dir(self.environ)):
            from tickiti_cli import generations  # noqa: PLC0415 - where something is remembered

            if generations.Memory(self.environ, self.config.connection, row).is_classic:
                return row
        return self._of(row, "v1")

    @cached_property
    def client(self) -> "Client":
        return self.client_of(self.config)

    def client_of(
        self, config: "Config", *, token: Callable[[], str] | None = None, **changes: Any
    ) -> "Client":
        """A client of its own, with another token if one is given; `changes` are members of its
        Options."""
        from tickiti_cli.client import Client, Options, Remarks  # noqa: PLC0415
        from tickiti_cli.retrying import REFUSED_SECONDS, Policy  # noqa: PLC0415

        flags, setting, output = self.globals, config.setting, self.output
        connection = config.connection
        members = connection.members
        retries, max_time = setting("retries"), setting("max_time")
        is_asked = {retries.origin, max_time.origin} != {BUILT_IN}
        environment_ca = self.environ.get("REQUESTS_CA_BUNDLE") or None
        return Client(
            connection.base_url,
            token=token or (lambda: self._token_of(config)),
            options=Options(
                timeout=setting("timeout").value,
                policy=Policy(retries.value, max_time.value, None if is_asked else REFUSED_SECONDS),
                ca_bundle=flags.ca_bundle or members.get("ca_bundle") or environment_ca,
                insecure=flags.insecure or members.get("insecure", False),
                allow_http=flags.allow_http or members.get("allow_http", False),
                idempotency_key=flags.idempotency_key,
                is_preview=flags.dry_run or flags.print_curl,
                journal=None if flags.no_journal else self.journal,
                profile=connection.profile,
            )._replace(**changes),
            remarks=Remarks(output.remark, output.progress, output.detail, output.status),
        )

    def _token_of(self, config: "Config") -> str:
        """Its token; a person is told once if it ends soon, a cron job only if it is verbose."""
        token = config.token
        is_read = self.globals.verbose or self.streams.is_terminal(self.streams.stderr)
        if is_read and not self._has_looked_at_expiry:
            from tickiti_cli import expiry  # noqa: PLC0415 - only where somebody reads it

            self._has_looked_at_expiry = True
            if told := expiry.warning(config):
                self.output.remark(told)
        return token

    @property
    def may_ask(self) -> bool:
        """Whether a question may be put to a person."""
        return self.streams.can_ask and not self.config.setting("no_input").value

    def confirm(self, question: str, *, flag: str = "--yes") -> None:
        """Go on only with --yes or a person's consent; `flag` is the one that a command has in the
        place of --yes, and looks at itself. Raises UsageProblem."""
        if flag == "--yes" and self.globals.yes:
            return
        if not self.may_ask:
            raise UsageProblem(f"{question} Nobody can be asked here: add {flag}.")
        self.streams.remark(f"{question} Type yes to go on:")
        answer = self.streams.stdin.readline() if self.streams.stdin else ""
        if answer.strip().lower() not in ("y", "yes"):
            raise UsageProblem("Nothing was done." if flag == "--yes" else "Nothing was sent.")

    def take_lock(self) -> None:
        """Hold the lock of --lock until this process ends. Raises LockedOut, UsageProblem."""
        if self.globals.lock is not None:
            from tickiti_cli import locks  # noqa: PLC0415 - few commands are given one

            locks.take(locations.locks_dir(self.environ), self.globals.lock)

    def _filter(self) -> "Filter | None":
        """Made before anything is sent: a bad expression must not be found out afterwards."""
        if self.globals.jq is None:
            return None
        from tickiti_cli.jq import Filter  # noqa: PLC0415 - an extra, and slow to import

        return Filter(self.globals.jq)

    def _format(self) -> Format:
        if self.globals.jq is not None:
            return self._filtered_format()
        if self.globals.json:
            return Format.JSON
        chosen = self.config.setting("output").value
        if chosen is None:
            is_terminal = self.streams.is_terminal(self.streams.stdout)
            return Format.TABLE if is_terminal else Format.PLAIN
        return Format(chosen)

    def _filtered_format(self) -> Format:
        """What --jq reads: one document, or each row of NDJSON."""
        given = self.globals.output
        if given not in (None, Format.JSON, Format.NDJSON):
            raise UsageProblem(f"--jq reads JSON: leave out --output {given}.")
        return Format(given or Format.JSON)

    def _color(self) -> str:
        """A flag, else the variables of no-color.org and bixense.com/clicolors, else a file."""
        if self.globals.color in (None, "auto"):
            if self.environ.get("NO_COLOR") or self.environ.get("CLICOLOR") == "0":
                return "never"
            forced = self.environ.get("FORCE_COLOR") or self.environ.get("CLICOLOR_FORCE")
            if forced and forced != "0":
                return "always"
        return str(self.config.setting("color").value)
