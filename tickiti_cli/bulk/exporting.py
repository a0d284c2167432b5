"""Tickets into a file or a pipe, page by page, in the order of their numbers.

The rule of this file: a ticket that changes while they are read is neither missed nor written
twice, and memory holds one page.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from tickiti_cli.bulk.partial import ANEW, Partial
from tickiti_cli.bulk.source import format_of
from tickiti_cli.contract import classic
from tickiti_cli.errors import NotOffered, UsageProblem
from tickiti_cli.options import FileFormat
from tickiti_cli.output import Output, columns
from tickiti_cli.runtime import Runtime
from tickiti_cli.settings import Format
from tickiti_cli.streams import Streams

COLUMNS = columns(
    "id", "number", "subject", "status", "priority", "queue_id", "queue_name", "originator_email",
    "assigned_to_email", "on_hold_until", "created_at", "updated_at", "response_count",
)  # fmt: skip
"""All that the contract says of a ticket in a list."""

LIKE_BEFORE = {
    "server": "It was begun from another server, {was}.",
    "format": "It was begun as {was}.",
    "fields": "It was begun with other fields.",
    "wanted": "It was begun with other filters.",
}

Rows = Sequence[Mapping[str, Any]]


class Export:
    """`wanted` is the request's search, `fields` the members to write; None for all."""

    def __init__(
        self,
        runtime: Runtime,
        wanted: Mapping[str, Any],
        *,
        chosen: FileFormat,
        fields: Sequence[str] | None,
    ) -> None:
        self._runtime = runtime
        self._wanted = wanted
        self._format = chosen
        self._fields = fields
        self._last = 0
        """The number of the ticket that was read last."""

    def stream(self, *, resumes: bool) -> None:
        """To standard output, as they come."""
        if resumes:
            raise UsageProblem("--resume needs a file: what went to standard output is gone.")
        self._output(self._runtime.streams).rows(
            (row for rows, _ in self._pages(None) for row in rows), COLUMNS
        )

    def write(self, name: str, *, resumes: bool) -> dict[str, Any]:
        """To a file, which has its name when it is complete. Raises UsageProblem, LockedOut."""
        with Partial(name) as file:
            known = file.known() if resumes else None
            if known is None:
                file.begin()
                known = {**self._identity, "cursor": None, "tickets": 0, "is_complete": False}
                is_resumed = False
            else:
                self._runtime.way_on = file.told
                self._refuse_another(known)
                is_resumed = True
            note = known if known["is_complete"] else self._add_pages(file, known)
            file.finish()
        return {"path": name, "tickets": note["tickets"], "resumed": is_resumed}

    def _add_pages(self, file: Partial, note: Mapping[str, Any]) -> Mapping[str, Any]:
        """The note after the last page."""
        output = self._runtime.output
        try:
            before = note["tickets"]
            with output.counting("tickets") as counting:
                for rows, cursor in self._pages(note["cursor"]):
                    text = self._text(rows, is_first=note["cursor"] is None)
                    note = {
                        **note,
                        "cursor": cursor,
                        "is_complete": cursor is None,
                        "tickets": note["tickets"] + len(rows),
                        "last": _mark(rows[-1]) if rows else note.get("last"),
                    }
                    file.add(text, note)
                    self._runtime.way_on = file.told
                    counting.show(note["tickets"], before=before)
        except Exception:
            if self._runtime.way_on:
                output.progress(self._runtime.way_on)
            raise
        return note

    def _pages(self, cursor: str | None) -> Iterator[tuple[Rows, Any]]:
        """Raises NotOffered where the order is not what was asked for."""
        body = {**self._wanted, "order": "number"}
        body |= {"cursor": cursor} if cursor is not None else {}
        pages = self._runtime.client.pages(
            classic.tickiti_api_index, body, member="tickets", limit=0, everything=True
        )
        for rows, following in pages.each():
            for row in rows:
                if not isinstance(row["number"], int) or row["number"] <= self._last:
                    raise NotOffered(
                        "This server does not list tickets by number: an export could miss some."
                    )
                self._last = row["number"]
            yield rows, following

    def _refuse_another(self, known: Mapping[str, Any]) -> None:
        for member, sentence in LIKE_BEFORE.items():
            if known.get(member) != self._identity[member]:
                told = sentence.format(was=known.get(member))
                raise UsageProblem(f"--resume: {told}", hint=f"Give the same, or: {ANEW}")
        last = known.get("last")
        if last is not None and self._ticket(last["number"]) != last:
            raise UsageProblem(
                f"--resume: The server's ticket {last['number']} is not the one it was: this is "
                "another database.",
                hint=ANEW,
            )
        self._last = last["number"] if last is not None else 0

    def _ticket(self, number: int) -> Mapping[str, Any] | None:
        """What tells a ticket from another one of that number."""
        criterion = {"mode": "ticket_number", "tokens": [str(number)]}
        body = {"search_object": {"criteria": [criterion]}}
        found = self._runtime.client.pages(
            classic.tickiti_api_index, body, member="tickets", limit=1, everything=False
        )
        return next(map(_mark, found), None)

    @cached_property
    def _identity(self) -> dict[str, Any]:
        """What must be the same for one file."""
        found = self._runtime.config.connection
        return {
            "server": found.profile or found.base_url,
            "format": self._format.value,
            "fields": self._fields,
            "wanted": self._wanted,
        }

    def _text(self, rows: Rows, *, is_first: bool) -> str:
        """A page as it stands in the file; the header of CSV is at its beginning alone."""
        buffer = io.StringIO()
        self._output(Streams(stdin=None, stdout=buffer, stderr=None)).rows(rows, COLUMNS)
        text = buffer.getvalue()
        has_header = self._format is FileFormat.CSV
        return text if is_first or not has_header else text.partition("\r\n")[2]

    def _output(self, streams: Streams) -> Output:
        return Output(streams, chosen=Format(self._format.value), fields=self._fields)


def format_for(out: str, chosen: FileFormat | None) -> FileFormat:
    """Raises UsageProblem for a file whose name does not say it."""
    return chosen or (FileFormat.NDJSON if out == "-" else format_of(out))


def _mark(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "number", "created_at")}
