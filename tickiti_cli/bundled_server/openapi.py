"""The OpenAPI document of the bundled server, which the server's own program writes.

Rule: no server has to run.
"""

import subprocess

from tickiti_cli import own_programs
from tickiti_cli.errors import ExitCode, ServerFailed


def openapi_document(base_url: str) -> str:
    """Return the document of a server at this address, as JSON. Raises ServerFailed."""
    done = subprocess.run(
        own_programs.command("tickiti_server.documentation.openapi", base_url),
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
