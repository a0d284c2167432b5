"""Files that a command leaves behind for others: written whole, or not at all."""

from pathlib import Path

from tickiti_cli.contract.replacing import replace
from tickiti_cli.errors import UsageProblem


def replace_file(path: Path, content: bytes, *, flag: str = "--out") -> None:
    """Replaces a regular file by rename, or writes to a device, a pipe or an open descriptor.

    Raises UsageProblem that names the flag, BrokenPipeError where the reader of a pipe went away.
    """
    try:
        replace(path, content)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageProblem(f"{flag} {path}: {error.strerror}.") from error
