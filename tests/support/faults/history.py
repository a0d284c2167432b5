"""What clients did and were told: every operation was invoked, and is acknowledged or unknown.

A lost reply is unknown, never a failure: only the database says what became of it.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["create", "respond", "mail", "render"]
"""What to look for: a ticket, a response, a mail, or a stored reply without an effect."""

PATHS: dict[Kind, str] = {
    "create": "/api/create_ticket",
    "respond": "/api/ticket_respond",
    "mail": "/api/send_email",
    "render": "/api/render_template",
}


@dataclass(slots=True)
class Operation:
    """One effect that a client wants; its key is also the text by which the effect is found."""

    kind: Kind
    path: str
    key: str
    body: dict[str, Any]
    invoked_at: float
    acknowledged_at: float | None = None
    reply: bytes = b""


@dataclass(slots=True)
class History:
    operations: dict[str, Operation] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    attempts: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def invoke(self, kind: Kind, key: str, body: dict[str, Any], path: str = "") -> Operation:
        operation = Operation(kind, path or PATHS[kind], key, body, time.monotonic())
        with self._lock:
            self.operations[key] = operation
        return operation

    def acknowledge(self, operation: Operation, reply: bytes, *, is_replay: bool) -> None:
        """Note a 200. The first one is what every later one must repeat, byte for byte (I3)."""
        with self._lock:
            self.attempts += 1
            if operation.acknowledged_at is None:
                operation.acknowledged_at, operation.reply = time.monotonic(), reply
            elif operation.reply != reply:
                self.violations.append(f"I3: {operation.key} was told two outcomes")
            elif not is_replay:
                self.violations.append(f"I3: {operation.key} ran again after it was acknowledged")

    def violate(self, sentence: str) -> None:
        with self._lock:
            self.violations.append(sentence)

    def acknowledged(self) -> list[Operation]:
        with self._lock:
            every = list(self.operations.values())
        return [operation for operation in every if operation.acknowledged_at is not None]

    def unknown(self) -> list[Operation]:
        with self._lock:
            every = list(self.operations.values())
        return [operation for operation in every if operation.acknowledged_at is None]
