"""Remembers for a week that a server has the vendor's token API alone, so that not every command
asks for the bundled server's first.

Rule: a note saves one request and decides nothing: where the vendor's API does not offer what is
asked, the bundled server's is asked again.
"""

import time
from contextlib import suppress
from urllib.parse import quote

from tickiti_cli import paths
from tickiti_cli.errors import ConfigProblem
from tickiti_cli.files.atomic_write import write_private
from tickiti_cli.runtime import Runtime

WEEK_SECONDS = 7 * 24 * 3600
"""Life of a note. Another server may stand at the same address later."""


class Memory:
    """The note about one server, which its base URL names."""

    def __init__(self, runtime: Runtime) -> None:
        name = quote(runtime.config.connection.base_url, safe="")
        self._path = paths.token_apis_dir(runtime.environ) / name

    @property
    def is_vendor(self) -> bool:
        """True if the server had no token API of the bundled server within the last week."""
        try:
            age = time.time() - self._path.stat().st_mtime
        except OSError:  # no note, or no readable one: the server is asked
            return False
        return 0 <= age < WEEK_SECONDS

    def note(self) -> None:
        """Write the note. One that cannot be written costs one more request later."""
        with suppress(OSError, ConfigProblem):
            write_private(self._path, "vendor\n", is_durable=False)

    def forget(self) -> None:
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
