"""Receiving a multipart/form-data body: its file goes into the database piece by piece.

Rule: each piece is a short write of its own, so that an upload neither fills the memory nor holds
the writer. No reader finds the file before a handler lets it count.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

from starlette.types import Receive, Scope

from tickiti_cli.contract.errors import ApiError, AttachmentTooLarge, BadRequest, RequestTimeout
from tickiti_cli.contract.file_types import MOST_FILE
from tickiti_server.api.handler import Handler
from tickiti_server.api.uploaded_file import UploadedFile, refuse_larger
from tickiti_server.http.bodies.memory import Reservation
from tickiti_server.http.bodies.read import (
    BODY_IS_LATE,
    EXPIRE_BODY,
    MOST_UPLOAD,
    header,
    nobody,
    refuse_encoded,
)
from tickiti_server.http.request import RequestContext
from tickiti_server.http.services import Services
from tickiti_server.http.uploads.multipart import FILE, MultipartBody
from tickiti_server.logs import setup
from tickiti_server.store.access.settings import MAX_ATTACHMENT_MB, find_setting
from tickiti_server.store.files import uploads
from tickiti_server.store.files.uploads import PIECE

HEAD = 4096
"""Bytes of a file that its media type is read from."""

HELD = 2 * PIECE
"""Bytes of an upload that are in memory at once: a piece, and what arrives meanwhile."""

MANY_PIECES = 16
"""Pieces that one write deletes."""


@asynccontextmanager
async def received(
    context: RequestContext, handler: Handler, services: Services, reservation: Reservation
) -> AsyncIterator[dict[str, Any]]:
    """The members of the body, after all pieces of the file are stored.

    At the end the pieces are deleted again unless the handler let the file count.
    """
    upload = Upload(services, handler)
    try:
        yield await upload.receive(context.scope, context.receive, reservation)
    finally:
        await upload.discard()


class Upload:
    """The upload of one request."""

    def __init__(self, services: Services, handler: Handler) -> None:
        self._services = services
        self._database = services.database
        self._most = handler.most_file
        self._file_id: int | None = None
        self._pieces = 0
        self._size = 0
        self._digest = sha256()
        self._head = b""

    async def receive(
        self, scope: Scope, receive: Receive, reservation: Reservation
    ) -> dict[str, Any]:
        """The members of the body: texts, and `file` as an UploadedFile.

        Raises UnsupportedMediaType, InvalidJson, AttachmentTooLarge, PayloadTooLarge, Overloaded,
        RequestTimeout, or BadRequest if the client disconnected in the middle.
        """
        refuse_encoded(scope)
        body = MultipartBody(header(scope, b"content-type"))
        self._most = min(self._most, await self._most_of_install())
        received = 0
        while True:
            message = await receive()
            if BODY_IS_LATE in scope:
                raise RequestTimeout
            if message["type"] == "http.disconnect":
                raise BadRequest("The connection ended before the body did.")
            chunk, is_last = message.get("body", b""), not message.get("more_body", False)
            if not received and not is_last:
                reservation.depends_on_client(scope.get(EXPIRE_BODY, nobody))
                reservation.grow(HELD)
            received += len(chunk)
            reservation.moved = received
            if received > MOST_UPLOAD:
                raise AttachmentTooLarge.over(MOST_UPLOAD)
            body.feed(chunk)
            await self._store(body.fresh, is_last=is_last)
            if is_last:
                reservation.has_arrived()
                body.finish()
                return self._members(body)

    async def discard(self) -> None:
        """Delete the pieces unless a handler let the file count."""
        file_id = self._file_id
        if file_id is None:
            return
        try:
            while await self._database.write(
                lambda tx: uploads.discard_pieces(tx, file_id, most=MANY_PIECES)
            ):
                pass
        except ApiError as error:  # the purge deletes them later
            setup.errors.warning("the pieces of file %d stay for now: %s", file_id, error)

    async def _most_of_install(self) -> int:
        found = await self._database.read(
            lambda tx: find_setting(tx, MAX_ATTACHMENT_MB), quick=True
        )
        return MOST_FILE if found is None else int(found) * 1024 * 1024

    async def _store(self, fresh: bytearray, *, is_last: bool) -> None:
        """Take whole pieces out of `fresh`, and at the end of the body the rest."""
        refuse_larger(self._size + len(fresh), self._most)
        while len(fresh) >= PIECE or (is_last and fresh):
            piece = bytes(fresh[:PIECE])
            del fresh[:PIECE]
            await self._store_piece(piece)

    async def _store_piece(self, piece: bytes) -> None:
        self._head = self._head or piece[:HEAD]
        self._digest.update(piece)
        self._size += len(piece)
        position, file_id, now = self._pieces, self._file_id, self._services.clock()
        self._file_id = await self._database.write(
            lambda tx: uploads.append_piece(tx, file_id, position=position, content=piece, now=now)
        )
        self._pieces += 1

    def _members(self, body: MultipartBody) -> dict[str, Any]:
        if body.file_name is None:
            return dict(body.fields)
        file = UploadedFile(
            self._file_id or 0, body.file_name, self._size, self._digest.hexdigest(), self._head
        )
        return {**body.fields, FILE: file}
