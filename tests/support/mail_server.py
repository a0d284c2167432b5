"""A real SMTP server of a test's own, which does at each stage of a mail what the test has written.

The rule of this file: what is in `arrived` has come with its final dot.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope

STAGES = ("EHLO", "MAIL", "RCPT", "DATA", "END")
STALL, DROP = "stall", "drop"


class Scripted(SMTP):
    """aiosmtpd's server; a stage that is in the script is answered by the script."""

    async def _is_scripted(self, stage: str) -> bool:
        assert self.transport is not None
        found = self.event_handler.reach(stage)
        if found == STALL:
            while self.event_handler.script.get(stage) == STALL:
                await asyncio.sleep(0.01)
            return False
        if found == DROP:
            self.transport.abort()
        elif found:
            await self.push(found)
        return bool(found)

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        if not await self._is_scripted("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if not await self._is_scripted("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        if not await self._is_scripted("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if not await self._is_scripted("DATA"):
            await super().smtp_DATA(arg)


class MailServer:
    """`script` maps a stage to its reply, to `stall` or to `drop`; a stage that is missing is
    answered as a good server does."""

    def __init__(self, **smtp: Any) -> None:
        self.script: dict[str, str] = {}
        self.reached: list[str] = []
        self.arrived: list[Envelope] = []
        self.passwords: dict[bytes, bytes] = {}
        self._smtp = smtp
        self._tls: ssl.SSLContext | None = smtp.pop("implicit_tls", None)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "MailServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        made: Callable[[], SMTP] = lambda: Scripted(  # noqa: E731 - a factory
            self, authenticator=self._knows, loop=self._loop, hostname="mail.test",
            enable_SMTPUTF8=True, data_size_limit=2**26, **self._smtp,
        )  # fmt: skip
        server = self._loop.run_until_complete(
            self._loop.create_server(made, sock=self._socket, ssl=self._tls)
        )
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    def reach(self, stage: str) -> str:
        self.reached.append(stage)
        return self.script.get(stage, "")

    def _knows(self, _server: Any, _session: Any, _envelope: Any, _how: str, login: Any) -> Any:
        is_known = self.passwords.get(login.login) == login.password
        return AuthResult(success=is_known, handled=False, message=None)

    async def handle_DATA(self, server: Any, _: Any, envelope: Envelope) -> str:  # noqa: N802
        found = self.reach("END")
        if found and found not in (STALL, DROP):
            return found
        self.arrived.append(envelope)
        while self.script.get("END") == STALL:
            await asyncio.sleep(0.01)
        if found == DROP:
            server.transport.abort()
        return "250 taken"
