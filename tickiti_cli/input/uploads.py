"""Uploads the files of a ticket or a response before the request that names them by SHA-256.

Rule: an upload has no key and may be repeated, because the same bytes again change nothing.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Self

from tickiti_cli.api.reply import Reply
from tickiti_cli.api.request import Preview, Upload
from tickiti_cli.api.sender import Sender
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.contract.v1 import tickets
from tickiti_cli.errors import ConfigProblem, ForeignReply, TickitiError


class LocalFile(NamedTuple):
    """A file of this machine that a request names; the journal stores its members."""

    path: str
    name: str
    sha256: str
    file_size: int

    @classmethod
    def of(cls, path: Path, name: str, content: bytes) -> Self:
        return cls(str(path), name, sha256(content).hexdigest(), len(content))

    @property
    def reference(self) -> dict[str, Any]:
        """Returns what a request says of the file."""
        return {"sha256": self.sha256, "name": self.name, "file_size": self.file_size}

    def read(self) -> bytes:
        """Returns the bytes. Raises ConfigProblem where the bytes differ from those of the
        request."""
        try:
            content = Path(self.path).read_bytes()
        except OSError as error:
            raise ConfigProblem(f"{self.path}: {error.strerror}.", hint=_GONE) from error
        if sha256(content).hexdigest() != self.sha256:
            raise ConfigProblem(f"{self.path} has changed since the request was made.", hint=_GONE)
        return content


_GONE = "Nothing was sent. Restore the file as it was, or create the request again."


def call(
    sender: Sender,
    row: Endpoint,
    body: Mapping[str, Any],
    files: Sequence[LocalFile],
    *,
    is_preview: bool,
) -> Reply:
    """Uploads the files, then sends the request that names them.

    Raises what `Sender.call` raises. An error of an upload means that nothing was done.
    """
    references = [file.reference for file in files]
    request = sender.request(row, {**body, "attachments": references})
    if is_preview:
        raise Preview(request)
    upload_first(sender, files)
    return sender.send(request._replace(files=tuple(file._asdict() for file in files)))


def upload_first(sender: Sender, files: Sequence[LocalFile]) -> None:
    """Uploads the files. An error means that nothing was done of what is to name them."""
    try:
        upload(sender, files)
    except (ApiError, TickitiError) as error:
        error.outcome, error.idempotency_key = "not_applied", None
        raise


def upload(sender: Sender, files: Sequence[LocalFile]) -> None:
    """Uploads the files, each of which must still have its bytes."""
    for file in files:
        form = {"file": Upload(file.name, file.read())}
        reply = sender.send(sender.request(tickets.attachment_upload, form))
        if reply.accepted.get("sha256", file.sha256) != file.sha256:
            raise ForeignReply(f"The server received different bytes for {file.path}.", status=200)
