"""`tickiti server fault add`: lets a server in test mode fail on purpose."""

from typing import Annotated, Any, NamedTuple

import typer

from tickiti_cli.contract.bundled.test_mode import faults as contract
from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.read import read_text
from tickiti_cli.parser.choices import Named
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.flag_groups import expand_flags
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.runtime import Runtime
from tickiti_cli.suggest import nearest

app = verb()

ALL = "all"


class Action(NamedTuple):
    """What happens: exactly one of these flags."""

    status: Annotated[
        int | None,
        typer.Option(min=200, max=599, metavar="CODE", help="Answer with CODE, without handling"),
    ] = None
    delay: Annotated[
        float | None, typer.Option("--delay", metavar="S", help="Handle, reply S seconds later")
    ] = None
    drop_before: Annotated[
        bool, typer.Option("--drop-before", help="Close the connection without handling")
    ] = False
    commit_then_drop: Annotated[
        bool, typer.Option("--commit-then-drop", help="Handle, then close without a reply")
    ] = False
    truncate: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Handle, end the reply after N bytes of its body"),
    ] = None
    bad_json: Annotated[bool, typer.Option("--bad-json", help="Handle, reply with broken JSON")] = (
        False
    )
    slow: Annotated[
        int | None, typer.Option(min=1, metavar="BYTES", help="Handle, reply BYTES per second")
    ] = None
    rate_limit: Annotated[
        int | None,
        typer.Option(
            "--rate-limit", min=1, max=3600, metavar="N", help="Answer 429, Retry-After N seconds"
        ),
    ] = None
    smtp_code: Annotated[
        int | None,
        typer.Option(
            min=200, max=599, metavar="CODE", help="Answer each mail of the mailbox local with CODE"
        ),
    ] = None
    callback_status: Annotated[
        int | None,
        typer.Option(
            min=200, max=599, metavar="CODE", help="Count CODE as the answer to a webhook, unsent"
        ),
    ] = None

    def to_members(self) -> dict[str, Any]:
        """The one action. Raises UsageProblem."""
        given = {
            name: value
            for name, value in self._asdict().items()
            if value is not None and value is not False
        }
        if len(given) == 1:
            return given
        if not given:
            raise UsageProblem(f"Missing action: add one of {_flags(self._fields)}.")
        raise UsageProblem(f"A fault has one action, not {_flags(given)}.")


class Choice(NamedTuple):
    """Which requests fail, and how often."""

    route: Annotated[
        str,
        typer.Option(
            metavar="NAME|PATH",
            help="Endpoint name or path, * matches any characters",
            autocompletion=offering(ALL, *CATALOGUE),
        ),
    ] = ALL
    times: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Fire N times (default: until cleared)")
    ] = None
    after: Annotated[
        int, typer.Option(min=0, metavar="N", help="Let N matching requests pass first")
    ] = 0
    probability: Annotated[
        float, typer.Option(min=0.0, max=1.0, metavar="P", help="Fire with probability P")
    ] = 1.0
    seed: Annotated[
        int, typer.Option(metavar="N", help="Seed of --probability; the same seed repeats")
    ] = 0
    key: Annotated[
        str | None,
        typer.Option(
            metavar="GLOB",
            help="Only this Idempotency-Key; * matches any characters",
            click_type=Named(),
        ),
    ] = None
    token: Annotated[
        int | None, typer.Option(min=1, metavar="ID", help="Only requests of this token")
    ] = None

    def to_members(self) -> dict[str, Any]:
        """The fields that differ from their defaults. Raises UsageProblem."""
        known = (ALL, *CATALOGUE)
        if self.route not in known and not self.route.startswith("/"):
            raise UsageProblem(
                f"--route: there is no endpoint '{self.route}'.{nearest(self.route, known)}",
                hint="See: tickiti api --list",
            )
        given = {**self._asdict(), "token_id": self.token}
        defaults = {**self._field_defaults, "token_id": None}
        return {
            name: value
            for name, value in given.items()
            if name != "token" and value != defaults[name]
        }


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server fault add --route tickets.create --commit-then-drop --times 1 -p test",
        "tickiti server fault add --status 503 --probability 0.2 --seed 7 --times 3 -p test",
        "tickiti server fault add --route '/api/v1/*' --rate-limit 2 --times 3 -p test",
        "tickiti server fault add --smtp-code 451 --times 1 -p test",
    ),
)
@expand_flags
def add(
    ctx: typer.Context,
    *,
    action: Action,
    body: Annotated[
        str | None,
        typer.Option(metavar="FILE", help='Body of the answer of --status ("-" for stdin)'),
    ] = None,
    choice: Choice,
) -> None:
    """Add a fault: requests fail on purpose

    Of several faults the first that fires wins. Each fault that fires is in `tickiti server
    requests`. `all` is every path outside /_tickiti/. The same faults and requests fail in the same
    way again.
    """
    runtime: Runtime = ctx.obj
    asked = {**action.to_members(), **choice.to_members()}
    if body is not None:
        if action.status is None:
            raise UsageProblem("--body belongs to --status CODE.")
        asked["body"] = read_text(body, flag="--body")
    added = runtime.client.call(contract.add, asked).accepted
    value = "" if added["value"] is None else f" {added['value']:g}"
    said = f"Added fault {added['id']}: {added['action']}{value}."
    runtime.output.done(added, said=said, plain=added["id"])


def _flags(names: Any) -> str:
    return ", ".join(f"--{name.replace('_', '-')}" for name in names)
