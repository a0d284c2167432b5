"""The world a command runs in, built piece by piece when first asked for.

Laziness lives here: each property imports its module, so that `tickiti --help` imports none.
"""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tickiti_cli import locations
from tickiti_cli.errors import UsageProblem
from tickiti_cli.globals import Globals
from tickiti_cli.streams import Streams

if TYPE_CHECKING:
    from tickiti_cli.client import Client
    from tickiti_cli.config import Config
    from tickiti_cli.output import Output

_FALSE = ("", "0", "false", "no")


class Runtime:
    """`given` is filled while the command line is read; everything else follows from it."""

    def __init__(self, streams: Streams | None = None) -> None:
        self.given: dict[str, Any] = {}
        self.streams = streams or Streams()

    @property
    def environ(self) -> Mapping[str, str]:
        return self.streams.environ

    @cached_property
    def globals(self) -> Globals:
        return Globals.of(self.given)

    @cached_property
    def config(self) -> "Config":
        from tickiti_cli.config import Config  # noqa: PLC0415

        return Config(self.globals, self.environ, Path.cwd())

    @cached_property
    def output(self) -> "Output":
        from tickiti_cli.output import Output  # noqa: PLC0415

        fields = self.globals.fields
        return Output(
            self.streams,
            chosen=self._format(),
            fields=[name.strip() for name in fields.split(",")] if fields else None,
            is_quiet=self.globals.quiet,
            color=self._color(),
        )

    @cached_property
    def client(self) -> "Client":
        from tickiti_cli.client import Client, Options  # noqa: PLC0415
        from tickiti_cli.retrying import Policy  # noqa: PLC0415

        flags, members = self.globals, self.config.connection.members
        policy = Policy(
            retries=int(self._number("retries", locations.RETRIES, flags.retries, 8)),
            max_time=self._number("max_time", "", flags.max_time, 120.0),
        )
        environment_ca = self.environ.get("REQUESTS_CA_BUNDLE") or None
        return Client(
            self.config.connection.base_url,
            token=lambda: self.config.token,
            options=Options(
                timeout=self._timeout(),
                policy=policy,
                ca_bundle=flags.ca_bundle or members.get("ca_bundle") or environment_ca,
                insecure=flags.insecure or bool(members.get("insecure")),
                allow_http=flags.allow_http or bool(members.get("allow_http")),
                idempotency_key=flags.idempotency_key,
                is_preview=flags.dry_run or flags.print_curl,
            ),
            note=self.output.progress,
            warn=self.output.remark,
        )

    @property
    def may_ask(self) -> bool:
        """Whether a question may be put to a person."""
        variable = self.environ.get(locations.NO_INPUT, "").lower()
        return self.streams.can_ask and not self.globals.no_input and variable in _FALSE

    def confirm(self, question: str) -> None:
        """Go on only with --yes or a person's consent. Raises UsageProblem."""
        if self.globals.yes:
            return
        if not self.may_ask:
            raise UsageProblem(f"{question} Nobody can be asked here: add --yes.")
        self.streams.remark(f"{question} Type yes to go on:")
        answer = self.streams.stdin.readline() if self.streams.stdin else ""
        if answer.strip().lower() not in ("y", "yes"):
            raise UsageProblem("Nothing was done.")

    def _format(self) -> Any:
        from tickiti_cli.output import Format  # noqa: PLC0415

        if self.globals.json:
            return Format.JSON
        chosen = self.globals.output
        source = "--output"
        if chosen is None:
            setting = self.config.setting("output", locations.OUTPUT, None)
            chosen, source = setting.value, setting.origin
        if chosen is None:
            return Format.TABLE if self.streams.is_terminal(self.streams.stdout) else Format.PLAIN
        try:
            return Format(chosen)
        except ValueError:
            known = ", ".join(Format)
            raise UsageProblem(
                f"{source}: there is no format '{chosen}' (known: {known})."
            ) from None

    def _color(self) -> str:
        if self.globals.color:
            return self.globals.color
        if self.environ.get("NO_COLOR"):
            return "never"
        return "always" if self.environ.get("FORCE_COLOR") else "auto"

    def _timeout(self) -> float:
        if self.globals.timeout is None and (text := self.environ.get(locations.API_TIMEOUT_MS)):
            return _positive(text, locations.API_TIMEOUT_MS) / 1000
        return self._number("timeout", "", self.globals.timeout, 30.0)

    def _number(self, name: str, variable: str, flag: float | None, default: float) -> float:
        if flag is not None:
            return _positive(flag, f"--{name.replace('_', '-')}")
        setting = self.config.setting(name, variable, default)
        return _positive(setting.value, f"{setting.origin}: {name}")


def _positive(value: Any, source: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number < 1e9:
        raise UsageProblem(f"{source}: '{value}' is no number of at least 0.")
    return number
