"""Files that a command leaves behind for others: written whole, or not at all."""

import os
import tempfile
from pathlib import Path

from tickiti_cli.errors import UsageProblem


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file by rename: whoever reads it meanwhile sees the old one or the new one.

    Raises UsageProblem.
    """
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, 0o666 & ~_umask())
            file.write(content)
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
