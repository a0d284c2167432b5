"""`tickiti server start`: starts the bundled server."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tickiti_cli.bundled_server import database_claim, named_servers, process, seed_files
from tickiti_cli.bundled_server.named_servers import LOCAL
from tickiti_cli.bundled_server.process import DEFAULT_PORT, PreparedServer, StartOptions
from tickiti_cli.commands.server.state import row_of
from tickiti_cli.contract.allowed_hosts import AllowedHost
from tickiti_cli.contract.endpoint import Plan
from tickiti_cli.contract.files.database_location import Location
from tickiti_cli.errors import UsageProblem
from tickiti_cli.parser.command import Command, examples, verb
from tickiti_cli.parser.global_flags import offering
from tickiti_cli.parser.options import Database
from tickiti_cli.runtime import Runtime

app = verb()


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


LogForm = Annotated[LogFormat, typer.Option(metavar="FORMAT", help="Log format: text or json")]

WithoutPlan = Annotated[
    list[Plan] | None,
    typer.Option(
        metavar="PLAN",
        help=f"Simulate an install without this plan: {', '.join(Plan)}",
        autocompletion=offering(*Plan),
    ),
]

VendorOnly = Annotated[
    bool,
    typer.Option("--vendor-only", help="Serve only the vendor's paths, nothing under /_tickiti/"),
]

RecordBodies = Annotated[
    bool,
    typer.Option(
        "--record-bodies", help="Keep bodies and headers of recent requests, without tokens"
    ),
]

Host = Annotated[str, typer.Option(metavar="ADDRESS", help="Address to listen on")]

Port = Annotated[
    int, typer.Option(min=0, max=65535, metavar="PORT", help="Port (0: any free port)")
]

PortFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the port to FILE once the server is ready"),
]

SeedFiles = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE", help='Fill the server with this seed ("-" for stdin); requires --test'
    ),
]

Test = Annotated[
    bool,
    typer.Option("--test", help="Open test mode: reset, snapshots, faults and a clock"),
]

OwnName = Annotated[
    str | None,
    typer.Option(
        "--name", metavar="NAME", help="Name of the server and its profile (default: local)"
    ),
]

Memory = Annotated[bool, typer.Option("--memory", help="Temporary database, deleted on exit")]

NoBackup = Annotated[
    bool, typer.Option("--no-backup", help="Do not back up the database before an upgrade")
]

AcceptUnsafe = Annotated[
    bool,
    typer.Option(
        "--accept-unsafe", help="Accept PostgreSQL settings that lose tickets in a power cut"
    ),
]

Demo = Annotated[bool, typer.Option("--demo", help="Fill a new database with sample data")]

MailFrom = Annotated[
    str | None,
    typer.Option(metavar="EMAIL", help="Send mail from this address; remembered for later starts"),
]

Detach = Annotated[bool, typer.Option("--detach", help="Run in the background")]

RateLimit = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, help="Requests per minute and token on this server"),
]

BehindProxy = Annotated[
    bool, typer.Option("--behind-proxy", help="Run behind a TLS proxy; allows any --host")
]

HasPage = Annotated[
    bool,
    typer.Option("--page", help="Offer the page of `server open` behind a proxy, too"),
]

FirstTokenFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="File with the first token (created if missing)"),
]

NoProfile = Annotated[
    bool,
    typer.Option("--no-profile", help="Store no profile, and the token only in --first-token-file"),
]

AllowCallback = Annotated[
    list[str] | None,
    typer.Option(
        metavar="HOST[:PORT]",
        help="Allow webhooks to this internal host, also by http; remembered",
    ),
]


@app.command(
    cls=Command,
    epilog=examples(
        "tickiti server start --demo --detach",
        "tickiti server start --port 0 --port-file port --memory --detach",
        "tickiti server start --allow-callback 127.0.0.1:8650 --detach",
        "tickiti server start --name ci --memory --port 0 --detach",
        "tickiti server start --name test --test --memory --port 0 --detach",
        "tickiti server start --name vendor --memory --port 0 --vendor-only --detach",
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
    accept_unsafe: AcceptUnsafe = False,
    demo: Demo = False,
    mail_from: MailFrom = None,
    allow_callback: AllowCallback = None,
    detach: Detach = False,
    rate_limit: RateLimit = None,
    log_format: LogForm = LogFormat.TEXT,
    behind_proxy: BehindProxy = False,
    without_plan: WithoutPlan = None,
    vendor_only: VendorOnly = False,
    record_bodies: RecordBodies = False,
    test: Test = False,
    page: HasPage = False,
    seed: SeedFiles = None,
    first_token_file: FirstTokenFile = None,
    no_profile: NoProfile = False,
) -> None:
    """Start the bundled server.

    Its URL and token are stored as profile `local`, or under the name given by --name or -p. One
    server runs per name; the other server commands take the same --name. While `local` runs, a
    server on another database that is given no name is `local-2`.

    An older database is upgraded first, after a backup to FILE.before-NNNN.

    --test is for tests of your own programs, and requires --memory or a database of its own.
    """
    wanted = StartOptions(
        seeds=_seeds(seed, is_test=test),
        database=_database(db, is_temporary=memory),
        host=host,
        port=port,
        demo=demo,
        mail_from=_checked_sender(mail_from),
        callback_hosts=_checked_hosts(allow_callback),
        discard=memory,
        backup=not no_backup,
        accept_unsafe=accept_unsafe,
        port_file=port_file,
        rate_limit=rate_limit,
        log_format=log_format.value,
        behind_proxy=behind_proxy,
        vendor_only=vendor_only,
        record_bodies=record_bodies or test,
        test=test,
        has_page=_has_page(page, vendor_only),
        without_plans=[plan.value for plan in without_plan or []],
        **_names(ctx.obj, name, first_token_file, no_profile=no_profile),
    )
    _start(ctx.obj, wanted, is_detached=detach)


def _has_page(page: bool, vendor_only: bool) -> bool:  # noqa: FBT001 - two flags
    """Whether --page was given. Raises UsageProblem."""
    if page and vendor_only:
        raise UsageProblem("--page and --vendor-only contradict each other: give one of them.")
    return page


def _seeds(paths: list[Path] | None, *, is_test: bool) -> list[dict[str, Any]]:
    """The contents of --seed. Raises UsageProblem."""
    if paths and not is_test:
        raise UsageProblem("--seed requires --test: a real helpdesk is not filled with test data.")
    seeds = seed_files.read_seeds(paths) if paths else []
    seed_files.refuse_lost_secrets(seeds)
    return seeds


def _database(db: str | None, *, is_temporary: bool) -> Location:
    """The database of --db and --memory. Raises UsageProblem."""
    if is_temporary and db is not None:
        raise UsageProblem("--db and --memory contradict each other: give one of them.")
    return database_claim.memory_database() if is_temporary else database_claim.database_at(db)


def _start(runtime: Runtime, wanted: StartOptions, *, is_detached: bool) -> None:
    """Become the server process, or detach it and show where it listens."""
    ready = process.prepare(wanted, runtime.config, runtime.environ)
    for line in (*_remarks_on_name(wanted, ready), *ready.remarks):
        runtime.output.progress(line)
    if not is_detached:
        process.exec_server(ready)
    running = process.detach(ready)
    shown = row_of(running, wanted.database) | {"name": ready.name, "profile": ready.profile}
    said = f"Listening on {running.listens_on}"
    said += f" as {ready.name}" if ready.name != LOCAL else ""
    runtime.output.done(shown, said=said, plain=ready.base_url)


def _remarks_on_name(wanted: StartOptions, ready: PreparedServer) -> list[str]:
    """How to reach a server that did not get the name `local`, because another one has it."""
    if ready.name == wanted.name:
        return []
    profile = f"Use it with -p {ready.name}; stop" if ready.profile else "Stop"
    return [
        f"Another server is running as '{wanted.name}'; this one is '{ready.name}'.",
        f"{profile} it with: {named_servers.stop_command(ready.name)}",
    ]


def _names(
    runtime: Runtime, name: str | None, token_file: Path | None, *, no_profile: bool
) -> dict[str, Any]:
    """The options that name the server, its profile and the file of its token. Raises
    UsageProblem."""
    if no_profile and token_file is None:
        raise UsageProblem(
            "--no-profile requires --first-token-file FILE, otherwise nobody has the token."
        )
    given = runtime.globals.profile
    called = named_servers.checked((LOCAL if given is None else given) if name is None else name)
    profile = None if no_profile else called if given is None else given
    is_named = name is not None or given is not None
    kept = {"profile": profile, "first_token_file": token_file}
    return {"name": called, "is_named": is_named, **kept}


def _checked_sender(address: str | None) -> str | None:
    """Check the address of --mail-from; an empty one forgets the stored address. Raises
    UsageProblem."""
    if address and not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise UsageProblem(f"--mail-from: '{address}' is not an e-mail address.")
    return address


def _checked_hosts(given: list[str] | None) -> list[str] | None:
    """Check the hosts of --allow-callback; a single empty one forgets the stored hosts. Raises
    UsageProblem."""
    if not given or given == [""]:
        return given
    try:
        for host in given:
            AllowedHost.of(host)
    except ValueError as error:
        raise UsageProblem(f"--allow-callback: {error}.") from None
    return given
