"""Starting and stopping the bundled server, and finding the one that runs."""

import re
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli import local_finding, local_server, named_servers
from tickiti_cli.command import Command, examples, offering, verb
from tickiti_cli.contract.allowed_hosts import AllowedHost
from tickiti_cli.contract.endpoint import Plan
from tickiti_cli.contract.lockfile import Running
from tickiti_cli.errors import ConditionNotMet, UsageProblem
from tickiti_cli.local_server import DEFAULT_PORT, Start
from tickiti_cli.named_servers import LOCAL
from tickiti_cli.options import Database, ServerName
from tickiti_cli.output import columns
from tickiti_cli.runtime import Runtime

app = verb()

STATUS = columns("state", "pid", "base_url", "database", "version")


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


WithoutPlan = Annotated[
    list[Plan] | None,
    typer.Option(
        metavar="PLAN",
        help=f"Answer as an install without this plan: {', '.join(Plan)}.",
        autocompletion=offering(*Plan),
    ),
]
Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 is any free one.")]
PortFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the port here once it answers.")
]
OwnName = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help="What it and its profile are called (local)."),
]
Memory = Annotated[bool, typer.Option("--memory", help="A database that goes with the server.")]
NoBackup = Annotated[
    bool, typer.Option("--no-backup", help="Keep no copy of the database before an upgrade.")
]
Demo = Annotated[bool, typer.Option("--demo", help="Add the queues Sales and Support.")]
MailFrom = Annotated[
    str | None,
    typer.Option(metavar="EMAIL", help="Send from this address's mailbox; it is remembered."),
]
Detach = Annotated[bool, typer.Option("--detach", help="Return once it answers; it runs on.")]
RateLimit = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="Requests a minute for each token.")
]
BehindProxy = Annotated[
    bool, typer.Option("--behind-proxy", help="A TLS proxy stands in front: any --host.")
]
FirstTokenFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The token to begin with; written if it is not there."),
]
NoProfile = Annotated[
    bool, typer.Option("--no-profile", help="Store no profile, and no token but in that FILE.")
]
AllowCallback = Annotated[
    list[str] | None,
    typer.Option(
        metavar="HOST[:PORT]",
        help="Let callbacks go to this inner host, and by http; it is remembered.",
    ),
]


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server start --demo --detach",
        "tickiti server start --port 0 --port-file port --memory --detach",
        "tickiti server start --allow-callback 127.0.0.1:8650 --detach",
        "tickiti server start --name ci --memory --port 0 --detach",
    ),
)
def start(
    ctx: typer.Context,
    *,
    host: Host = "127.0.0.1",
    port: Port = DEFAULT_PORT,
    port_file: PortFile = None,
    name: OwnName = None,
    db: Database = None,
    memory: Memory = False,
    no_backup: NoBackup = False,
    demo: Demo = False,
    mail_from: MailFrom = None,
    allow_callback: AllowCallback = None,
    detach: Detach = False,
    rate_limit: RateLimit = None,
    log_format: Annotated[LogFormat, typer.Option(help="The log's form.")] = LogFormat.TEXT,
    behind_proxy: BehindProxy = False,
    without_plan: WithoutPlan = None,
    first_token_file: FirstTokenFile = None,
    no_profile: NoProfile = False,
) -> None:
    """Start the bundled server, and point the profile of its name at it.

    Its name is `local`, unless --name or -p says another: one server of a name runs at a time. By
    its name it is stopped, and its log shown.

    A database of an older version is upgraded first. Before that changes what is in it, a copy is
    kept beside it, FILE.before-NNNN, in the place of the copy before.
    """
    runtime: Runtime = ctx.obj
    if memory and db is not None:
        raise UsageProblem("Give --db or --memory, not both.")
    if no_profile and first_token_file is None:
        raise UsageProblem("--no-profile: give --first-token-file FILE, or nobody has a token.")
    called = named_servers.checked((runtime.globals.profile or LOCAL) if name is None else name)
    wanted = Start(
        database=local_server.memory_database() if memory else local_server.database_path(db),
        host=host,
        port=port,
        demo=demo,
        mail_from=_sender(mail_from),
        callback_hosts=_hosts(allow_callback),
        discard=memory,
        backup=not no_backup,
        port_file=port_file,
        rate_limit=rate_limit,
        log_format=log_format.value,
        behind_proxy=behind_proxy,
        without_plans=[plan.value for plan in without_plan or []],
        name=called,
        profile=None if no_profile else runtime.globals.profile or called,
        first_token_file=first_token_file,
    )
    _run(runtime, wanted, is_detached=detach)


@app.command(cls=Command, epilog=examples("tickiti server stop"))
def stop(
    ctx: typer.Context,
    *,
    name: ServerName = None,
    db: Database = None,
    timeout: Annotated[float, typer.Option("--timeout", metavar="S", help="Wait so long.")] = 30.0,
) -> None:
    """Stop the server: it finishes what it has begun."""
    runtime: Runtime = ctx.obj
    sought = local_finding.sought(runtime, name, db)
    running = sought.running
    if running is not None:
        local_finding.stop(sought, seconds=timeout)
    shown = {"state": "stopped", "pid": running.pid if running else None}
    said = "Stopped the server." if running else "The server was not running."
    runtime.output.done(shown, said=said, plain="stopped" if running else "not running")


@app.command(cls=Command, epilog=examples("tickiti server status", "tickiti server status --json"))
def status(ctx: typer.Context, *, name: ServerName = None, db: Database = None) -> None:
    """Show whether the server runs; exit 13 if it does not."""
    runtime: Runtime = ctx.obj
    sought = local_finding.sought(runtime, name, db)
    if sought.running is None:
        raise ConditionNotMet(sought.sentence, hint=sought.start)
    if not runtime.globals.quiet:
        runtime.output.show(_row(sought.running, sought.database), STATUS)


@app.command(cls=Command, epilog=examples("tickiti server url"))
def url(ctx: typer.Context, *, name: ServerName = None, db: Database = None) -> None:
    """Show the running server's address."""
    runtime: Runtime = ctx.obj
    sought = local_finding.sought(runtime, name, db)
    running = sought.running
    if running is None or not running.port:
        raise ConditionNotMet(sought.sentence, hint=sought.start)
    runtime.output.value("base_url", running.base_url)


@app.command(
    "wait-ready",
    cls=Command,
    epilog=examples("tickiti server wait-ready", "tickiti server wait-ready --timeout 10"),
)
def wait_ready(
    ctx: typer.Context,
    *,
    name: ServerName = None,
    db: Database = None,
    timeout: Annotated[float, typer.Option("--timeout", metavar="S", help="Wait so long.")] = 30.0,
) -> None:
    """Wait until the server answers; exit 13 if it does not in time."""
    runtime: Runtime = ctx.obj
    deadline = time.monotonic() + timeout
    while not _is_ready(runtime, name, db, deadline - time.monotonic()):
        if time.monotonic() > deadline:
            raise ConditionNotMet(f"The server was not ready within {timeout:g} s.")
        time.sleep(local_server.POLL_SECONDS)


def _run(runtime: Runtime, wanted: Start, *, is_detached: bool) -> None:
    """Become it, or start it and say where it listens."""
    ready = local_server.make_ready(wanted, runtime.config, runtime.environ)
    for line in ready.told:
        runtime.output.progress(line)
    if not is_detached:
        local_server.become(ready)
    running = local_server.detach(ready, wanted.database)
    shown = _row(running, wanted.database)
    runtime.output.done(shown, said=f"Listening on {ready.base_url}", plain=ready.base_url)


def _is_ready(runtime: Runtime, name: str | None, db: Path | None, left: float) -> bool:
    """A named server by its readyz, a local one by its lock file, which it fills when it is."""
    is_local = name is not None or db is not None
    if not is_local and (runtime.globals.base_url or runtime.globals.profile):
        return runtime.client.is_ready(within=left)
    running = local_finding.sought(runtime, name, db).running
    return running is not None and running.port > 0


def _row(running: Running, database: Path) -> dict[str, Any]:
    return {
        "state": "running" if running.port else "starting",
        "pid": running.pid,
        "base_url": running.base_url if running.port else None,
        "database": str(database),
        "version": running.version,
    }


def _sender(address: str | None) -> str | None:
    """Raises UsageProblem for what no mailbox can be known by; "" forgets the one there was."""
    if address and not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise UsageProblem(f"--mail-from: '{address}' is no e-mail address.")
    return address


def _hosts(given: list[str] | None) -> list[str] | None:
    """Raises UsageProblem for what is no host; a single "" forgets those that there were."""
    if not given or given == [""]:
        return given
    try:
        for host in given:
            AllowedHost.of(host)
    except ValueError as error:
        raise UsageProblem(f"--allow-callback: {error}.") from None
    return given
