"""The lines that a bulk job could not do, named in its error.

Rule: the lines are named while the job runs, except under --quiet and in JSON, where the error
alone is written. Cron's mail and a program learn from it which lines to correct.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tickiti_cli.errors import PartlyDone
from tickiti_cli.runtime import Runtime

MOST_NAMED = 10
"""The most lines that an error names, because cron mails it as one line."""

ALL_NAMED = "All of them: --report FILE"


class FailedLines:
    """The lines that nobody has read about yet, with the reason of each."""

    def __init__(self, runtime: Runtime) -> None:
        self._are_untold = runtime.globals.quiet or runtime.output.is_json
        self._reasons: dict[str, list[str]] = {}
        self._count = 0

    def add(self, name: str, reason: str) -> None:
        """Keep a line that is not done. `name` is what its user knows it by, such as `line 2`."""
        self._count += 1
        if len(self._reasons) < MOST_NAMED:
            self._reasons.setdefault(name, []).append(reason)

    @contextmanager
    def named(self) -> Iterator[None]:
        """Let PartlyDone name the first lines in its `errors`, as a reply names bad fields."""
        try:
            yield
        except PartlyDone as error:
            if self._are_untold:
                error.errors = self._reasons
                hints = [error.hint, ALL_NAMED if self._count > MOST_NAMED else ""]
                error.hint = "\n".join(filter(None, hints))
            raise
