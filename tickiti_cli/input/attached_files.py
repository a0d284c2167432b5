"""The files of `--attach` and `--file`: images become part of the text, all others are uploaded.

Rule: --file uploads any file. A file that is uploaded is named, because `op resume` reads it again.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tickiti_cli import paths
from tickiti_cli.api.reply import Reply
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.contract.files.file_system import exists, is_file, is_folder
from tickiti_cli.contract.v1.tickets import TWINS
from tickiti_cli.errors import UsageProblem
from tickiti_cli.input import uploads
from tickiti_cli.input.images import image_kind, parts
from tickiti_cli.input.read import read_bytes
from tickiti_cli.input.uploads import LocalFile
from tickiti_cli.runtime import Runtime


class AttachedFiles(NamedTuple):
    """`embedded`: the values of --attach for images. `uploads`: all other files."""

    embedded: Sequence[str]
    uploads: Sequence[LocalFile]

    @classmethod
    def of(cls, attached: Sequence[str], uploaded: Sequence[str]) -> "AttachedFiles":
        """Read the files. Raises UsageProblem, which names the flag."""
        embedded: list[str] = []
        others: list[LocalFile] = []
        for given in attached:
            file, name = parts(given, "--attach")
            _refuse_pipe(file, "--attach")
            if file == "-" or image_kind(content := read_bytes(file, flag=f"--attach {file}")):
                embedded.append(given)
            else:
                others.append(_file_of(file, name, content, "--attach"))
        return cls(embedded, [*others, *(_local_file(given) for given in uploaded)])

    @property
    def references(self) -> dict[str, Any]:
        """The member of a request that names the uploads."""
        return {"attachments": [file.reference for file in self.uploads]} if self.uploads else {}

    def upload(self, runtime: Runtime) -> None:
        """Upload the files for several requests that name them."""
        uploads.upload_first(runtime.client.sender, self.uploads)

    def send(self, runtime: Runtime, row: Endpoint, request: Mapping[str, Any]) -> Reply:
        """Upload the files and send the request that names them. `row` is the endpoint without
        files; with files the request goes to v1, which alone takes them."""
        if not self.uploads:
            return runtime.client.call(row, request)
        is_preview = runtime.globals.dry_run or runtime.globals.print_curl
        sender, twin = runtime.client.sender, TWINS.get(row, row)
        return uploads.call(sender, twin, request, self.uploads, is_preview=is_preview)


def _local_file(given: str) -> LocalFile:
    file, name = parts(given, "--file")
    if file == "-":
        raise UsageProblem("--file -: name a file, because `op resume` may have to read it again.")
    _refuse_pipe(file, "--file")
    return _file_of(file, name, read_bytes(file, flag=f"--file {file}"), "--file")


def _refuse_pipe(file: str, flag: str) -> None:
    """Raise UsageProblem for a pipe or a device. It is read when the request is made, and again
    when it is sent, which would wait for ever for a second writer of a named pipe."""
    if exists(file) and not (is_file(file) or is_folder(file)):
        raise UsageProblem(
            f"{flag} {file}: must be a regular file, because it is read more than once.",
            hint="Save the content to a file first.",
        )


def _file_of(file: str, name: str, content: bytes, flag: str) -> LocalFile:
    if not content:
        raise UsageProblem(f"{flag} {file}: the file is empty.")
    return LocalFile.of(paths.absolute(Path(file)), name, content)
