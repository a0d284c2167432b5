"""The first half of `tickiti init`: a profile whose server accepts its token.

Rule: each step is complete in itself, so that the command can be interrupted and run again.
"""

import socket
from collections.abc import Mapping
from typing import Any

from tickiti_cli.api.retry import Policy
from tickiti_cli.bundled_server import database_claim, process
from tickiti_cli.bundled_server.named_servers import LOCAL
from tickiti_cli.bundled_server.process import StartOptions
from tickiti_cli.config.addresses import checked_url
from tickiti_cli.contract.errors import Unauthenticated
from tickiti_cli.errors import NoToken, Unreachable, UsageProblem
from tickiti_cli.runtime import Runtime
from tickiti_cli.tokens import open_work
from tickiti_cli.tokens.current import token_in_use
from tickiti_cli.tokens.login import questions
from tickiti_cli.tokens.login.login import DEFAULT_NAME, Login, may_do

LOOPBACK = "127.0.0.1"
BUNDLED, INSTALL = "bundled", "install"


def present(runtime: Runtime) -> bool:
    """Return whether a server is configured that accepts the token, and say so.

    A bundled server that was stopped is started again; a token that is missing or not accepted is
    asked for. Raises Unreachable for another server.
    """
    if not _is_configured(runtime):
        return False
    connection = runtime.config.connection
    try:
        row = _token(runtime)
    except Unreachable as error:
        if not (error.is_refused_here and connection.profile == LOCAL):
            raise
        start_bundled(runtime)
        row = _token(runtime)
    except (NoToken, Unauthenticated) as error:
        if connection.profile is None:
            raise
        runtime.output.remark(getattr(error, "message", ""))
        log_in(runtime, connection.profile, connection.base_url)
        return True
    where = f"profile '{connection.profile}'" if connection.profile else connection.origin
    told = f"{connection.base_url} ({where}) is set up. The token {may_do(row['abilities'])}."
    runtime.output.remark(told)
    return True


def _is_configured(runtime: Runtime) -> bool:
    """Return whether flags, environment or files name a server. A profile name in -p that is new
    names no server."""
    name = runtime.globals.profile
    if name is not None:
        return name in runtime.config.profiles
    return any(key == "base_url" and found.value for key, found in runtime.config.in_force())


def chosen(runtime: Runtime) -> str:
    """Ask a person which kind of server to set up."""
    runtime.streams.remark("Which server do you want to use?")
    runtime.streams.remark("  bundled  a server on this machine, to try tickiti; started now")
    runtime.streams.remark("  install  your own Tickiti; you need its address and a token")

    def asked() -> str:
        answer = runtime.streams.ask(f"Server [{BUNDLED}]: ").lower() or BUNDLED
        found = [word for word in (BUNDLED, INSTALL) if word.startswith(answer)]
        if not found:
            raise UsageProblem(f"'{answer}' is neither {BUNDLED} nor {INSTALL}.")
        return found[0]

    return questions.repeated(runtime, asked)


def start_bundled(runtime: Runtime) -> bool:
    """Start the bundled server in the background, unless it runs; return whether it was started.
    The command continues with the server's profile."""
    name = runtime.globals.profile or LOCAL
    database = database_claim.default_database()
    is_new = not (process.running_server(database) and name in runtime.config.profiles)
    if is_new:
        wanted = StartOptions(database=database, port=_port(), name=name, profile=name)
        ready = process.prepare(wanted, runtime.config, runtime.environ)
        for line in ready.remarks:
            runtime.output.progress(line)
        process.detach(ready)
        runtime.output.remark(f"The bundled server listens on {ready.base_url}.")
    runtime.next_step = "The bundled server is running. To stop it: tickiti server stop"
    runtime.use_profile(name)
    return is_new


def _port() -> int:
    """Return the default port; 0, for any free one, where another program has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, process.DEFAULT_PORT))
        except OSError:
            return 0
    return process.DEFAULT_PORT


def log_in(runtime: Runtime, profile: str | None = None, base_url: str | None = None) -> bool:
    """Log in to an install as `auth login` does, and return True. The command continues with the
    profile of the login."""
    name = profile or runtime.globals.profile or DEFAULT_NAME
    given = base_url or runtime.globals.base_url
    if given:
        url = checked_url(given, "--base-url")
    else:
        url = questions.address(runtime, name, verifies=True)
    open_work.show(runtime, name)
    login = Login(runtime, name, url)
    if runtime.globals.token_file or not runtime.may_ask:
        result = login.with_token(_given_token(runtime), None)
    else:
        result = questions.log_in(login)
    runtime.output.remark(f"Stored profile '{name}' for {url}.")
    runtime.output.remark(f"The token {may_do(result['abilities'])}.")
    runtime.next_step = f"Profile '{name}' is set up."
    runtime.use_profile(name)
    return True


def _given_token(runtime: Runtime) -> str:
    """Return the token of --token-file. Raises UsageProblem without one."""
    if runtime.globals.token_file is None:
        raise UsageProblem("Missing token: add --token-file FILE.")
    return runtime.globals.token_from_file()


def _token(runtime: Runtime) -> Mapping[str, Any]:
    """Return the row of the token in use, after one attempt. Raises NoToken, Unauthenticated."""
    policy = Policy(0, runtime.config.setting("max_time").value)
    return token_in_use(
        runtime.senders.sender_of(runtime.config, policy=policy, journal=None, is_probe=True)
    )
