"""An export job: it writes rows to a file or a pipe, page by page, in an order that never changes.

Rule: a row that changes meanwhile is neither missed nor written twice. Memory holds two pages: one
that is written, and one that is read meanwhile.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from tickiti_cli.api.paging import MOST_ROWS, Choosing, Pages
from tickiti_cli.bulk.export import ndjson
from tickiti_cli.bulk.export.ahead import one_ahead
from tickiti_cli.bulk.export.export_kinds import ExportKind, Row
from tickiti_cli.bulk.export.partial_file import RESTART_HINT, PartialFile
from tickiti_cli.bulk.records.file_format import FileFormat, format_of
from tickiti_cli.config.settings import Format
from tickiti_cli.errors import NotOffered, UsageProblem
from tickiti_cli.files.atomic_write import is_stdout
from tickiti_cli.output.output import Output
from tickiti_cli.output.streams import Streams
from tickiti_cli.runtime import Runtime

RESUME_MISMATCHES = {
    "noun": "It was started for {was}.",
    "endpoint": "It was started with another endpoint, {was}.",
    "server": "It was started on another server, {was}.",
    "format": "It was started as {was}.",
    "fields": "It was started with other fields.",
    "wanted": "It was started with other filters.",
    "times": "It was started with other times: a word such as yesterday means another time now.",
}

Rows = Sequence[Row]


class ExportJob:
    """`fields` are the members to write, separated by commas.

    Raises UsageProblem where neither `chosen` nor the name of the file tells its format.
    """

    def __init__(
        self,
        runtime: Runtime,
        kind: ExportKind,
        filters: Mapping[str, Any],
        *,
        out: str,
        chosen: FileFormat | None,
        fields: str | None,
        chosen_rows: Choosing | None = None,
        if_empty: Callable[[], None] = lambda: None,
    ) -> None:
        """`chosen_rows` leaves out rows that the filters of the server cannot. `if_empty` raises
        where there is no row because a name of the filters is unknown."""

        self._runtime = runtime
        self._kind = kind
        self._endpoint = runtime.client.pin_generation(kind.endpoint)
        """The endpoint of every page, because no other one knows its cursors."""

        self._filters = filters
        self._chosen_rows = chosen_rows or None
        self._if_empty = if_empty
        self._out = "-" if is_stdout(out) else out
        self._format = chosen or (FileFormat.NDJSON if self._out == "-" else format_of(out))
        self._fields = [name.strip() for name in fields.split(",")] if fields else None
        self._last: Row | None = None
        """The identity of the last row that was read."""

    def run(self, *, resumes: bool) -> None:
        """Write the rows and show how many. Raises UsageProblem, LockedOut, NotOffered."""
        if self._out == "-":
            self._stream(resumes=resumes)
            return
        written = self._write(resumes=resumes)
        count = written[self._kind.noun]
        said = f"Wrote {count} {self._kind.noun} to {self._out}."
        self._runtime.output.done(written, said=said, plain=count)

    def _stream(self, *, resumes: bool) -> None:
        """Write to standard output, page by page."""
        if resumes:
            raise UsageProblem("--resume needs a file; output on stdout cannot be resumed.")
        streams = self._runtime.streams
        if self._format is FileFormat.NDJSON and not streams.is_terminal(streams.stdout):
            for rows, _ in self._pages(None):
                streams.write_bytes(ndjson.lines(rows, self._fields))
                streams.flush()
            return
        self._output(streams).rows(
            (row for rows, _ in self._pages(None) for row in rows), self._kind.columns
        )

    def _write(self, *, resumes: bool) -> dict[str, Any]:
        """Write to a file, which gets its name when it is complete."""
        noun = self._kind.noun
        with PartialFile(self._out) as file:
            known = file.read_checkpoint() if resumes else None
            if known is None:
                file.reset()
                known = {**self._identity, "cursor": None, noun: 0, "is_complete": False}
                is_resumed = False
            else:
                self._runtime.next_step = file.resume_hint
                self._refuse_other_export(known)
                is_resumed = True
            checkpoint = known if known["is_complete"] else self._append_pages(file, known)
            file.finish()
        return {"path": self._out, noun: checkpoint[noun], "resumed": is_resumed}

    def _append_pages(self, file: PartialFile, checkpoint: Mapping[str, Any]) -> Mapping[str, Any]:
        """Append the pages after a checkpoint. Return the checkpoint after the last page."""
        output, noun = self._runtime.output, self._kind.noun
        try:
            before = checkpoint[noun]
            with output.counting(noun) as counting:
                for rows, cursor in self._pages(checkpoint["cursor"]):
                    content = self._content(rows, is_first=checkpoint["cursor"] is None)
                    checkpoint = {
                        **checkpoint,
                        "cursor": cursor,
                        "is_complete": cursor is None,
                        noun: checkpoint[noun] + len(rows),
                        "last": self._last,
                    }
                    file.append(content, checkpoint)
                    self._runtime.next_step = file.resume_hint
                    counting.show(checkpoint[noun], before=before)
        except BaseException as error:
            # Also one that comes between the checkpoint and the line behind it, such as Ctrl-C.
            if file.has_checkpoint:
                self._runtime.next_step = file.resume_hint
            if self._runtime.next_step and isinstance(error, Exception):
                output.progress(self._runtime.next_step)
            raise
        return checkpoint

    def _pages(self, cursor: Any) -> Iterator[tuple[Rows, Any]]:
        """Yield each page with the cursor of the next one. Raises NotOffered for another order."""
        kind = self._kind
        body = kind.request(self._filters, self._fields)
        body |= {"cursor": cursor} if cursor is not None else {}
        for rows, following in one_ahead(self._pager(body, limit=None).each()):
            last = self._last
            for row in rows:
                if not kind.is_in_order(row, last):
                    raise NotOffered(
                        f"This server does not list {kind.noun} {kind.order}: an export could miss "
                        "some."
                    )
                last = row
            if rows:
                self._last = kind.identity(rows[-1])
            chosen = self._chosen_rows
            if following is None and self._last is None:
                self._if_empty()
            yield [row for row in rows if chosen is None or chosen.covers(row)], following

    def _pager(self, body: Row, *, limit: int | None) -> Pages:
        kind = self._kind
        call = partial(self._runtime.client.call, kind.endpoint)
        return Pages(
            call, body, member=kind.noun, limit=limit, most=kind.page_size, most_small=MOST_ROWS
        )

    def _refuse_other_export(self, known: Mapping[str, Any]) -> None:
        for member, sentence in RESUME_MISMATCHES.items():
            if known.get(member) != self._identity[member]:
                mismatch = sentence.format(was=known.get(member))
                raise UsageProblem(
                    f"--resume: {mismatch}", hint=f"Give the same, or: {RESTART_HINT}"
                )
        self._last = last = known.get("last")
        if last is not None and not self._is_unchanged(last):
            raise UsageProblem(
                f"--resume: The server's {self._kind.singular} {self._kind.label(last)} is not the "
                "one it was: this is another database.",
                hint=RESTART_HINT,
            )

    def _is_unchanged(self, last: Row) -> bool:
        """True if the server still has the row that was written last."""
        found = self._pager(self._kind.lookup(last), limit=self._kind.page_size)
        return any(self._kind.identity(row) == last for row in found)

    @cached_property
    def _identity(self) -> dict[str, Any]:
        """Return the properties that all runs writing one file must share."""
        found = self._runtime.config.connection
        return {
            "noun": self._kind.noun,
            "endpoint": self._endpoint.name,
            "server": found.profile or found.base_url,
            "format": self._format.value,
            "fields": self._fields,
            "wanted": self._filters,
            "times": self._chosen_rows and repr(self._chosen_rows),
        }

    def _content(self, rows: Rows, *, is_first: bool) -> bytes:
        """Format a page. Only the first page of a CSV file has the header."""
        if self._format is FileFormat.NDJSON:
            return ndjson.lines(rows, self._fields)
        buffer = io.StringIO()
        self._output(Streams(stdin=None, stdout=buffer, stderr=None)).rows(rows, self._kind.columns)
        text = buffer.getvalue()
        return (text if is_first else text.partition("\r\n")[2]).encode()

    def _output(self, streams: Streams) -> Output:
        return Output(streams, chosen=Format(self._format.value), fields=self._fields)
