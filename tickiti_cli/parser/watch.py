"""`--watch S`: runs a list every S seconds, until Ctrl-C.

Rule: an error that may pass, such as a server that restarts, is a remark. Any other error ends the
command.
"""

from collections.abc import Callable

from tickiti_cli.config.settings import MOST_SECONDS, Format
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError, UsageProblem
from tickiti_cli.output.screen import Repetition, Screen
from tickiti_cli.output.streams import Streams
from tickiti_cli.runtime import Runtime

SHORTEST_SECONDS = 0.1
"""The shortest pause between two runs. Nobody reads faster, and each run costs the server time."""


def watch(runtime: Runtime, show: Callable[[], object], *, every: float) -> None:
    """Run `show` every so many seconds. Never returns.

    An error of the first round, a lasting error of a later one, or Ctrl-C ends the loop.
    """
    if not SHORTEST_SECONDS <= every <= MOST_SECONDS:
        raise UsageProblem(
            f"--watch: {every:g} is not a number of seconds from {SHORTEST_SECONDS} to "
            f"{MOST_SECONDS}."
        )
    repetition = runtime.streams = _repetition_of(runtime.streams, f"Every {every:g} s")
    output = runtime.output
    if output.format is Format.CSV or (output.format is Format.JSON and not output.is_filtered):
        raise UsageProblem(
            f"--watch repeats the list, so it cannot print a {output.format} document: "
            "use -o ndjson."
        )
    show()
    repetition.end()
    while True:
        repetition.pause(every)
        try:
            show()
        except (ApiError, TickitiError) as error:
            if not getattr(error, "retryable", False):
                raise
            repetition.drop()
            output.progress(f"{error.message} Trying again in {every:g} s.")
        else:
            repetition.end()


def _repetition_of(streams: Streams, title: str) -> Repetition:
    kind = Screen if streams.is_terminal(streams.stdout) else Repetition
    if streams.environ.get("TERM") == "dumb":
        kind = Repetition
    return kind(streams, title)
