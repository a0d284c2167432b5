"""The bundled server's description of its API, which its own program writes.

The rule of this file: no server has to run for it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tickiti_cli.errors import ExitCode, ServerFailed, UsageProblem


def described(base_url: str) -> str:
    """The OpenAPI document of a server at this address, as JSON. Raises ServerFailed."""
    done = subprocess.run(
        [sys.executable, "-m", "tickiti_server.openapi", base_url],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        *_, last = [f"it ended with {done.returncode}", *done.stderr.strip().splitlines()]
        raise ServerFailed(f"The description failed: {last}", exit_code=ExitCode.BUG)
    return done.stdout


def write(path: Path, text: str) -> None:
    """Replace a file by rename: whoever reads it meanwhile sees the old one or the new one.

    Raises UsageProblem.
    """
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o666 & ~_umask())
            file.write(text)
        temporary.replace(path)
    except OSError as error:
        raise UsageProblem(f"--out {path}: {error.strerror}.") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _umask() -> int:
    """The process's own; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
