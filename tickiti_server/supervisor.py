"""Notifications to a supervisor such as systemd, by the protocol of sd_notify(3)."""

import os
import socket
from contextlib import suppress

READY = "READY=1"
STOPPING = "STOPPING=1"


def sd_notify(state: str) -> None:
    """Send `state` to NOTIFY_SOCKET if it is set. Errors are ignored."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket's name begins with NUL
        address = f"\0{address[1:]}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor, suppress(OSError):
        supervisor.connect(address)
        supervisor.send(state.encode())
