"""Tickets or responses into a file or a pipe, page by page, in an order that never changes.

The rule of this file: a row that changes while they are read is neither missed nor written twice,
and memory holds one page.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from tickiti_cli.bulk.kinds import Kind, Row
from tickiti_cli.bulk.partial import ANEW, Partial
from tickiti_cli.bulk.source import format_of
from tickiti_cli.contract.replacing import is_stdout
from tickiti_cli.errors import NotOffered, UsageProblem
from tickiti_cli.options import FileFormat
from tickiti_cli.output import Output
from tickiti_cli.pages import Pages
from tickiti_cli.runtime import Runtime
from tickiti_cli.settings import Format
from tickiti_cli.streams import Streams

LIKE_BEFORE = {
    "noun": "It was begun for {was}.",
    "endpoint": "It was begun with {was}, another endpoint.",
    "server": "It was begun from another server, {was}.",
    "format": "It was begun as {was}.",
    "fields": "It was begun with other fields.",
    "wanted": "It was begun with other filters.",
}

Rows = Sequence[Row]


class Export:
    """`wanted` are the request's filters; `fields`, the members to write, are separated by commas.

    Raises UsageProblem for a file whose name does not say how it is written.
    """

    def __init__(
        self,
        runtime: Runtime,
        kind: Kind,
        wanted: Mapping[str, Any],
        *,
        out: str,
        chosen: FileFormat | None,
        fields: str | None,
    ) -> None:
        self._runtime = runtime
        self._kind = kind
        self._endpoint = runtime.fix(kind.endpoint)
        """A cursor means something to the endpoint alone that gave it."""

        self._wanted = wanted
        self._out = "-" if is_stdout(out) else out
        self._format = chosen or (FileFormat.NDJSON if self._out == "-" else format_of(out))
        self._fields = [name.strip() for name in fields.split(",")] if fields else None
        self._last: Row | None = None
        """The mark of the row that was read last."""

    def run(self, *, resumes: bool) -> None:
        """Write them where they go, and say so. Raises UsageProblem, LockedOut, NotOffered."""
        if self._out == "-":
            self._stream(resumes=resumes)
            return
        written = self._write(resumes=resumes)
        count = written[self._kind.noun]
        said = f"Wrote {count} {self._kind.noun} to {self._out}."
        self._runtime.output.done(written, said=said, plain=count)

    def _stream(self, *, resumes: bool) -> None:
        """To standard output, as they come."""
        if resumes:
            raise UsageProblem("--resume needs a file: what went to standard output is gone.")
        self._output(self._runtime.streams).rows(
            (row for rows, _ in self._pages(None) for row in rows), self._kind.columns
        )

    def _write(self, *, resumes: bool) -> dict[str, Any]:
        """To a file, which has its name when it is complete."""
        noun = self._kind.noun
        with Partial(self._out) as file:
            known = file.known() if resumes else None
            if known is None:
                file.begin()
                known = {**self._identity, "cursor": None, noun: 0, "is_complete": False}
                is_resumed = False
            else:
                self._runtime.way_on = file.told
                self._refuse_another(known)
                is_resumed = True
            note = known if known["is_complete"] else self._add_pages(file, known)
            file.finish()
        return {"path": self._out, noun: note[noun], "resumed": is_resumed}

    def _add_pages(self, file: Partial, note: Mapping[str, Any]) -> Mapping[str, Any]:
        """The note after the last page."""
        output, noun = self._runtime.output, self._kind.noun
        try:
            before = note[noun]
            with output.counting(noun) as counting:
                for rows, cursor in self._pages(note["cursor"]):
                    text = self._text(rows, is_first=note["cursor"] is None)
                    note = {
                        **note,
                        "cursor": cursor,
                        "is_complete": cursor is None,
                        noun: note[noun] + len(rows),
                        "last": self._last,
                    }
                    file.add(text, note)
                    self._runtime.way_on = file.told
                    counting.show(note[noun], before=before)
        except Exception:
            if self._runtime.way_on:
                output.progress(self._runtime.way_on)
            raise
        return note

    def _pages(self, cursor: Any) -> Iterator[tuple[Rows, Any]]:
        """Raises NotOffered where the order is not what was asked for."""
        kind = self._kind
        body = kind.request(self._wanted, self._fields)
        body |= {"cursor": cursor} if cursor is not None else {}
        for rows, following in self._asked(body, limit=None).each():
            for row in rows:
                if not kind.follows(row, self._last):
                    raise NotOffered(
                        f"This server does not list {kind.noun} {kind.order}: an export could miss "
                        "some."
                    )
                self._last = kind.mark(row)
            yield rows, following

    def _asked(self, body: Row, *, limit: int | None) -> Pages:
        kind = self._kind
        call = partial(self._runtime.call, kind.endpoint)
        return Pages(call, body, member=kind.noun, limit=limit, most=kind.most)

    def _refuse_another(self, known: Mapping[str, Any]) -> None:
        for member, sentence in LIKE_BEFORE.items():
            if known.get(member) != self._identity[member]:
                told = sentence.format(was=known.get(member))
                raise UsageProblem(f"--resume: {told}", hint=f"Give the same, or: {ANEW}")
        self._last = last = known.get("last")
        if last is not None and not self._is_there(last):
            raise UsageProblem(
                f"--resume: The server's {self._kind.singular} {self._kind.name(last)} is not the "
                "one it was: this is another database.",
                hint=ANEW,
            )

    def _is_there(self, last: Row) -> bool:
        """Whether the row that was written last is still the one in its place."""
        found = self._asked(self._kind.place(last), limit=self._kind.most)
        return any(self._kind.mark(row) == last for row in found)

    @cached_property
    def _identity(self) -> dict[str, Any]:
        """What must be the same for one file."""
        found = self._runtime.config.connection
        return {
            "noun": self._kind.noun,
            "endpoint": self._endpoint.name,
            "server": found.profile or found.base_url,
            "format": self._format.value,
            "fields": self._fields,
            "wanted": self._wanted,
        }

    def _text(self, rows: Rows, *, is_first: bool) -> str:
        """A page as it stands in the file; the header of CSV is at its beginning alone."""
        buffer = io.StringIO()
        self._output(Streams(stdin=None, stdout=buffer, stderr=None)).rows(rows, self._kind.columns)
        text = buffer.getvalue()
        has_header = self._format is FileFormat.CSV
        return text if is_first or not has_header else text.partition("\r\n")[2]

    def _output(self, streams: Streams) -> Output:
        return Output(streams, chosen=Format(self._format.value), fields=self._fields)
