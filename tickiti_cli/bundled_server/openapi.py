"""The bundled server's description of its API, which its own program writes.

The rule of this file: no server has to run for it.
"""

import subprocess

from tickiti_cli import own_programs
from tickiti_cli.errors import ExitCode, ServerFailed


def described(base_url: str) -> str:
    """The OpenAPI document of a server at this address, as JSON. Raises ServerFailed."""
    done = subprocess.run(
        own_programs.command("tickiti_server.openapi", base_url),
        env=own_programs.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        *_, last = [f"it ended with {done.returncode}", *done.stderr.strip().splitlines()]
        raise ServerFailed(f"The description failed: {last}", exit_code=ExitCode.BUG)
    return done.stdout
