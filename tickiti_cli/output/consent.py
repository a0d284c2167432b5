"""The consent of a person to what a command does: asked for on the terminal, or given by --yes."""

from collections.abc import Callable

from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.config.resolution import Config
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.streams import Streams


class Consent:
    """Asks once a run whether to write to a server whose profile has `confirm_writes`."""

    def __init__(self, streams: Streams, flags: GlobalFlags, may_ask: Callable[[], bool]) -> None:
        """`may_ask` returns whether a question may be put to a person."""
        self._streams = streams
        self._flags = flags
        self._may_ask = may_ask
        self._is_given = False

    def confirm(self, question: str, *, flag: str = "--yes") -> None:
        """Returns with --yes or a person's consent, else raises UsageProblem. `flag` is the flag of
        a command that has another one than --yes, which the command checks itself."""
        if flag == "--yes" and self._flags.yes:
            self._is_given = True
            return
        if not self._may_ask():
            raise UsageProblem(f"{question} Not a terminal: confirm with {flag}.")
        self._streams.remark(f'{question} Type "yes" to confirm:')
        answer = self._streams.stdin.readline() if self._streams.stdin else ""
        if answer.strip().lower() not in ("y", "yes"):
            raise UsageProblem("Nothing was done." if flag == "--yes" else "Nothing was sent.")
        self._is_given = True

    def confirm_write(self, config: Config) -> None:
        """Returns if a write may go to the server of a configuration, else raises UsageProblem."""
        if self._is_given:
            return
        connection = config.connection
        where = f"profile '{connection.profile}'" if connection.profile else connection.origin
        self.confirm(f"Write to {connection.base_url} ({where})?")
