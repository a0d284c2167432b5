"""Writes the results of a command: a table for a person, TAB-separated lines for a pipe, and JSON,
NDJSON or CSV for a program.

Rule: standard output carries data only; remarks and errors go to standard error.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from tickiti_cli import encoding
from tickiti_cli.config.settings import DRAWN, Format
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.control_characters import escape_controls, strip_controls
from tickiti_cli.errors import TickitiError
from tickiti_cli.output import failure
from tickiti_cli.output.format import Column, Limited, Record, columns, selected
from tickiti_cli.output.progress import Progress
from tickiti_cli.output.streams import Streams

if TYPE_CHECKING:
    from tickiti_cli.output.jq import Filter, JsonText
    from tickiti_cli.output.tables.drawing import Drawing


class Output:
    """Writes results in one format. `fields` selects members; None shows a command's own columns.

    `columns` and `sort` are the flags of lists. `jq` filters each JSON document, and its results
    are written in place of the document.
    """

    def __init__(
        self,
        streams: Streams,
        *,
        chosen: Format,
        fields: Sequence[str] | None = None,
        columns: str | None = None,
        sort: str | None = None,
        jq: "Filter | None" = None,
        is_quiet: bool = False,
        is_verbose: bool = False,
        color: str = "auto",
    ) -> None:
        self.format = chosen
        self._streams = streams
        self._fields = fields
        self._columns = columns
        self._sort = sort
        self._jq = jq
        self._is_quiet = is_quiet
        self._is_verbose = is_verbose
        self.color = color
        """Whether colours are wanted: auto, always or never."""

        self.limited: Limited | None = None

    @property
    def is_json(self) -> bool:
        return self.format in (Format.JSON, Format.NDJSON)

    @property
    def is_filtered(self) -> bool:
        """Whether jq filters the JSON."""
        return self._jq is not None

    def shown(self, shape: Sequence[Column]) -> Sequence[str] | None:
        """The members written of records of that shape; None for all members they have."""
        if self._fields:
            return self._fields
        return None if self.is_json or self._columns else [column.key for column in shape]

    def refuse_unknown_fields(self, members: Sequence[str]) -> None:
        """Raise UsageProblem where --fields names another member, before anything is sent."""
        self._selected(dict.fromkeys(members))

    def done(self, result: Record, *, said: str, plain: object = "") -> None:
        """Report a write that succeeded: a sentence for a person, `plain` (its id) for a pipe.

        An error of writing the report gets the outcome "applied", because the write is done.
        """
        if untold := failure.untold(result):
            said = untold
            if self.format is not Format.TABLE:
                self.remark(said)
        try:
            self._done(result, said, plain)
            self._streams.flush()
        except TickitiError as error:
            error.outcome = "applied"
            error.idempotency_key = result.get("idempotency_key")
            raise

    def _done(self, result: Record, said: str, plain: object) -> None:
        if self._is_quiet and not self.is_json:
            return
        if self.format is Format.TABLE:
            self._line(self._streams.fitted(strip_controls(said)))
        elif self.format is Format.PLAIN and self._fields is None:
            self._line(encoding.plain(plain))
        else:
            self.show(result, columns(*result))

    def show(self, record: Record, shape: Sequence[Column]) -> None:
        """Write one record."""
        record, shape = self._selected(record), self._selected_columns(shape)
        if self.is_json:
            self._json(record)
        elif self.format is Format.CSV:
            self._csv([record], shape)
        elif self.format is Format.PLAIN:
            self._line("\t".join(encoding.plain(record.get(column.key)) for column in shape))
        else:
            self._drawing.record(record, shape)

    def rows(
        self,
        records: Iterable[Record],
        shape: Sequence[Column],
        *,
        empty: str = "",
        as_lines: bool = False,
    ) -> None:
        """Write records as they arrive, but a table after the last; `as_lines` writes plain lines
        at once instead of a table. `empty` is the remark if there are none."""
        records, shape = self._arranged(records, self._selected_columns(shape))
        records = self.limited.first_of(records) if self.limited else records
        if self.format in DRAWN and not as_lines:
            self._table([*records], shape, empty)
        elif self.format is Format.JSON:
            self._json([self._selected(record) for record in records])
        elif self.format is Format.CSV:
            self._csv(records, shape)
        else:
            self._lines(records, shape)

    def thread(
        self,
        ticket: Record,
        responses: Sequence[Record],
        *,
        shape: Sequence[Column],
        response_shape: Sequence[Column],
        whole: Record,
    ) -> None:
        """Write a ticket and its responses. `whole` is the JSON document of both."""
        if self.format is Format.JSON:
            self._json(self._selected(whole))
        elif self.format in DRAWN:
            self._drawing.thread(ticket, responses)
        elif self.format is Format.CSV:
            self.rows(responses, response_shape)
        else:
            self.show(ticket, shape)
            self.rows(responses, response_shape)

    def patches(self, records: Sequence[Record], shape: Sequence[Column], *, empty: str) -> None:
        """Write records with a member `patch`: the patches alone, except in JSON and CSV."""
        if self.is_json or self.format is Format.CSV:
            self.rows(records, shape)
            return
        if not records and self.format is Format.TABLE:
            self.remark(empty)
        for record in records:
            self._selected(record)
            self._line(strip_controls(record["patch"]))

    def text(self, text: str) -> None:
        """Write text unchanged: a token, a key, a URL, a page of help."""
        self._line(self._for_reader(text))

    def value(self, name: str, value: object, *, plain: str = "") -> None:
        """Write one value: alone on its line (as `plain`), or as member `name` of a JSON object."""
        whole = self._selected({name: value})
        if self.is_json:
            self._json(whole)
        else:
            self._line(self._for_reader(plain or encoding.plain(value)))

    def raw(self, body: Any, text: str, *, head: str = "") -> None:
        """Write a whole reply: the server's text for a program, indented JSON for a person."""
        if head:
            self._line(f"{strip_controls(head)}\n")
        if self.format is Format.TABLE:
            self._line(strip_controls(json.dumps(body, ensure_ascii=False, indent=2)))
        elif self._jq:
            self._jq_results(self._jq.results_of(text))
        elif self.format is Format.NDJSON and "\n" in text:
            self._json(body)
        else:
            self._line(self._for_reader(text))

    def remark(self, line: str) -> None:
        """Write a line for a person to standard error, except with --quiet."""
        if not self._is_quiet:
            self._streams.remark(strip_controls(line))

    def progress(self, line: str) -> None:
        """Remark on a running job, except in JSON, whose reader expects error lines only."""
        if not self.is_json:
            self.remark(line)

    @property
    def status(self) -> Callable[[str], None] | None:
        """The function that replaces the progress line; None without a terminal."""
        is_wanted = not (self._is_quiet or self.is_json)
        is_seen = is_wanted and self._streams.is_terminal(self._streams.stderr)
        return self._streams.show_status if is_seen else None

    def counting(self, noun: str, total: Callable[[], int] | None = None) -> Progress:
        """The progress line of a long job. `total` is called only if a terminal shows the line."""
        is_seen = not self._is_quiet and self._streams.is_terminal(self._streams.stderr)
        return Progress(self._streams, noun, total, is_seen=is_seen)

    def detail(self, line: str) -> None:
        """Write a line of --verbose, in every format."""
        if self._is_verbose:
            self._streams.remark(strip_controls(line))

    def failure(self, error: TickitiError | ApiError) -> None:
        """Write the error of a command to standard error: a sentence and a hint, or a JSON line."""
        if self.is_json:
            self._streams.remark(encoding.json_text({"error": failure.members(error)}))
            return
        lines = [*failure.lines(error)]
        # With --quiet the error is one line, because cron mails each line.
        for line in [" ".join(map(str.strip, lines))] if self._is_quiet else lines:
            self._streams.remark(strip_controls(line))

    @property
    def _drawing(self) -> "Drawing":
        from tickiti_cli.output.tables.drawing import Drawing  # noqa: PLC0415 - for people alone

        return Drawing(self.format, self._streams, self.color)

    def _selected_columns(self, shape: Sequence[Column]) -> Sequence[Column]:
        return columns(*self._fields) if self._fields else shape

    def _arranged(
        self, records: Iterable[Record], shape: Sequence[Column]
    ) -> tuple[Iterable[Record], Sequence[Column]]:
        if self._sort is None and self._columns is None:
            return records, shape
        from tickiti_cli.output.tables import arrange  # noqa: PLC0415 - rare

        return arrange.arranged(records, shape, columns=self._columns, sort=self._sort)

    def _selected(self, record: Record) -> Record:
        return selected(record, self._fields) if self._fields else record

    def _table(self, records: list[Record], shape: Sequence[Column], empty: str) -> None:
        if not records and self.format is Format.TABLE:
            if empty:
                self.remark(empty)
            return
        for record in records[:1]:
            self._selected(record)
        left_out = self._drawing.rows(records, shape, empty=empty)
        if left_out and (self._fields or self._columns):
            self.remark(f"The terminal is too narrow for {', '.join(left_out)}.")

    def _lines(self, records: Iterable[Record], shape: Sequence[Column]) -> None:
        for record in records:
            picked = self._selected(record)
            if self.format is Format.NDJSON:
                self._json(picked)
            else:
                self._line("\t".join(encoding.plain(record.get(column.key)) for column in shape))
            self._streams.flush()

    def _csv(self, records: Iterable[Record], shape: Sequence[Column]) -> None:
        head = encoding.csv_line([column.key for column in shape])
        for record in records:
            self._selected(record)  # before the head, which a reader would take for a result
            cells = [encoding.cell(record.get(column.key)) for column in shape]
            self._streams.write(self._for_reader(head + encoding.csv_line(cells)))
            head = ""
            self._streams.flush()
        self._streams.write(self._for_reader(head))

    def _for_reader(self, text: str) -> str:
        """The text unchanged for a file or a pipe, without control characters for a terminal."""
        return strip_controls(text) if self._streams.is_terminal(self._streams.stdout) else text

    def _json(self, value: Any) -> None:
        if self._jq is None:
            self._line(encoding.json_text(value))
            return
        self._jq_results(self._jq.results(value))

    def _jq_results(self, results: "Iterable[str | JsonText]") -> None:
        """Write the results of jq: a string unchanged, any other value as a line of JSON."""
        for found in results:
            self._line(
                self._for_reader(found) if isinstance(found, str) else escape_controls(found.json)
            )

    def _line(self, text: str) -> None:
        self._streams.write(f"{text}\n")
