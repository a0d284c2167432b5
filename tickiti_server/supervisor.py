"""Telling a supervisor such as systemd how far the server is: the protocol of sd_notify(3)."""

import os
import socket
from contextlib import suppress

READY = "READY=1"
STOPPING = "STOPPING=1"


def tell(state: str) -> None:
    """Say so where somebody has asked to be told; that nobody listens is no reason to fail."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # a name outside of the file system begins with a NUL
        address = f"\0{address[1:]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor, suppress(OSError):
        supervisor.connect(address)
        supervisor.send(state.encode())
