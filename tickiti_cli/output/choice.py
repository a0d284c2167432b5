"""Chooses how a run shows its results: the format, the colour, and the Output made of both."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tickiti_cli.config.flags import GlobalFlags
from tickiti_cli.config.resolution import Config
from tickiti_cli.config.settings import Format
from tickiti_cli.errors import UsageProblem
from tickiti_cli.output.output import Output
from tickiti_cli.output.streams import Streams

if TYPE_CHECKING:
    from tickiti_cli.output.jq import Filter


def chosen_output(config: Config, flags: GlobalFlags, streams: Streams) -> Output:
    """Returns the output that flags, environment and files ask for.

    Raises UsageProblem, and ConfigProblem for a bad setting.
    """
    chosen = _format(config, flags, streams)
    color = _color(config, flags, streams.environ)
    _refuse_contradictions(flags, chosen)
    return _output(streams, flags, chosen, color=color, jq=_filter(flags))


def plainest_output(flags: GlobalFlags, streams: Streams) -> Output:
    """Returns an output that needs no setting, for an error that may be about the settings."""
    formats = (Format.JSON, Format.NDJSON)
    is_json = flags.json or flags.output in formats or flags.jq is not None
    return _output(streams, flags, Format.JSON if is_json else Format.PLAIN, color="never")


def _output(
    streams: Streams, flags: GlobalFlags, chosen: Format, *, color: str, jq: "Filter | None" = None
) -> Output:
    fields = flags.fields
    return Output(
        streams,
        chosen=chosen,
        fields=[name.strip() for name in fields.split(",")] if fields else None,
        columns=flags.columns,
        sort=flags.sort,
        jq=jq,
        is_quiet=flags.quiet,
        is_verbose=flags.verbose,
        color=color,
    )


def _refuse_contradictions(flags: GlobalFlags, chosen: Format) -> None:
    """Raises UsageProblem before anything is sent."""
    if flags.columns is None:
        return
    if flags.fields is not None:
        raise UsageProblem("--fields and --columns contradict each other: give one of them.")
    if chosen in (Format.JSON, Format.NDJSON):
        raise UsageProblem("--columns chooses the columns of a table; JSON has --fields.")


def _filter(flags: GlobalFlags) -> "Filter | None":
    """Compiles --jq before anything is sent, so that a bad expression stops the command."""
    if flags.jq is None:
        return None
    from tickiti_cli.output.jq import Filter  # noqa: PLC0415 - an extra, and slow to import

    return Filter(flags.jq)


def _format(config: Config, flags: GlobalFlags, streams: Streams) -> Format:
    if flags.jq is not None:
        return _filtered_format(flags.output)
    if flags.json:
        return Format.JSON
    chosen = config.setting("output").value
    if chosen is None:
        return Format.TABLE if streams.is_terminal(streams.stdout) else Format.PLAIN
    return Format(chosen)


def _filtered_format(given: str | None) -> Format:
    """Returns the input of --jq: one document, or each row of NDJSON. Raises UsageProblem."""
    if given not in (None, Format.JSON, Format.NDJSON):
        raise UsageProblem(f"--jq reads JSON: leave out --output {given}.")
    return Format(given or Format.JSON)


def _color(config: Config, flags: GlobalFlags, environ: Mapping[str, str]) -> str:
    """Returns the flag, else the variables of no-color.org and bixense.com/clicolors, else the
    setting of a file."""
    if flags.color in (None, "auto"):
        if environ.get("NO_COLOR") or environ.get("CLICOLOR") == "0":
            return "never"
        forced = environ.get("FORCE_COLOR") or environ.get("CLICOLOR_FORCE")
        if forced and forced != "0":
            return "always"
    return str(config.setting("color").value)
