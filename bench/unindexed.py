"""The bundled server without the task that indexes texts, for the bar of P5, which leaves it out.

    python -m bench.unindexed DATABASE PORT_FILE TOKEN_FILE

It is a program of its own, so that the product needs no switch for it.
"""

import asyncio
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from tickiti_server import __main__ as program
from tickiti_server import prepare
from tickiti_server.periodic.text_index import TextIndexer


async def rest(self: TextIndexer, ran: Callable[[], None]) -> None:
    """In the place of the task."""
    del self, ran
    await asyncio.Event().wait()


def main(database: str, port_file: str, token_file: str) -> int:
    TextIndexer.run = rest  # type: ignore[assignment,method-assign]
    token = prepare.prepare(Path(database), demo=False, known_token=None).token
    Path(token_file).write_text(token)
    listener = socket.create_server(("127.0.0.1", 0))
    where = ["--db", database, "--port-file", port_file, "--socket-fd", str(listener.fileno())]
    return program.main(["serve", *where])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
