"""What a command's result looks like: a table for a person, TAB-separated lines for a pipe, JSON,
NDJSON or CSV for a program.

The rule of this file: standard output carries data and nothing else.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tickiti_cli import encoding, failures
from tickiti_cli.contract.errors import ApiError
from tickiti_cli.errors import TickitiError, UsageProblem
from tickiti_cli.nearest import nearest
from tickiti_cli.progress import Progress
from tickiti_cli.settings import Format
from tickiti_cli.streams import Streams, harmless

if TYPE_CHECKING:
    from tickiti_cli.jq import Filter, Written

Record = Mapping[str, Any]


class Column(NamedTuple):
    """One member of a record, and how a person reads it."""

    key: str
    title: str
    is_time: bool = False


def columns(*names: str) -> tuple[Column, ...]:
    """Columns titled by their names; one that ends in `_at` or `_until` is a time."""
    return tuple(
        Column(name, name.replace("_", " "), name.endswith(("_at", "overlap_until")))
        for name in names
    )


class Output:
    """Writes results in one format. `fields` narrows them; None shows a command's own columns.

    `jq` takes each JSON document, and its results are written instead.
    """

    def __init__(
        self,
        streams: Streams,
        *,
        chosen: Format,
        fields: Sequence[str] | None = None,
        jq: "Filter | None" = None,
        is_quiet: bool = False,
        is_verbose: bool = False,
        color: str = "auto",
    ) -> None:
        self.format = chosen
        self._streams = streams
        self._fields = fields
        self._jq = jq
        self._is_quiet = is_quiet
        self._is_verbose = is_verbose
        self._color = color

    @property
    def is_json(self) -> bool:
        return self.format in (Format.JSON, Format.NDJSON)

    @property
    def is_filtered(self) -> bool:
        """Whether what is written is what jq made of the JSON."""
        return self._jq is not None

    def shown(self, shape: Sequence[Column]) -> Sequence[str] | None:
        """The members that are written of records of that shape; None for whatever they have."""
        if self._fields:
            return self._fields
        return None if self.is_json else [column.key for column in shape]

    def done(self, result: Record, *, said: str, plain: object = "") -> None:
        """A write that succeeded: a sentence for a person, `plain` (its id) for a pipe.

        Raises what keeps its result from being shown, marked as a failure of nothing else.
        """
        if lacking := getattr(result, "lacking", ()):
            key = result.get("idempotency_key")
            said = f"It is done, and the server's reply does not say its {', '.join(lacking)}."
            said += f" Its key is {key}." if key else ""
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
            self._line(harmless(said))
        elif self.format is Format.PLAIN and self._fields is None:
            self._line(encoding.plain(plain))
        else:
            self.show(result, columns(*result))

    def show(self, record: Record, shape: Sequence[Column]) -> None:
        """One record."""
        shape = self._narrowed(shape)
        if self.is_json:
            self._json(self._picked(record))
        elif self.format is Format.CSV:
            self._csv([record], shape)
        elif self.format is Format.PLAIN:
            self._line("\t".join(encoding.plain(record.get(column.key)) for column in shape))
        else:
            from tickiti_cli import tables  # noqa: PLC0415 - rich is slow to import

            tables.card(self._streams, record, shape, color=self._color)

    def rows(
        self,
        records: Iterable[Record],
        shape: Sequence[Column],
        *,
        empty: str = "",
        as_lines: bool = False,
    ) -> None:
        """Records as they come. `empty` is the remark where there are none.

        `as_lines`: not as a table, which is drawn when the last record is there.
        """
        shape = self._narrowed(shape)
        if self.format is Format.TABLE and not as_lines:
            self._table([*records], shape, empty)
        elif self.format is Format.JSON:
            self._json([self._picked(record) for record in records])
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
        """A ticket and what was said on it."""
        if self.format is Format.JSON:
            self._json(self._picked(whole))
        elif self.format is Format.TABLE:
            from tickiti_cli import tables  # noqa: PLC0415 - rich is slow to import

            tables.thread(self._streams, ticket, responses, shape=shape, color=self._color)
        elif self.format is Format.CSV:
            self.rows(responses, response_shape)
        else:
            self.show(ticket, shape)
            self.rows(responses, response_shape)

    def patches(self, records: Sequence[Record], shape: Sequence[Column], *, empty: str) -> None:
        """Records with a `patch`, which a person or another program reads as it is."""
        if self.is_json or self.format is Format.CSV:
            self.rows(records, shape)
            return
        if not records and self.format is Format.TABLE:
            self.remark(empty)
        for record in records:
            self._line(harmless(record["patch"]))

    def text(self, text: str) -> None:
        """Text as it is: a token, a key, a URL, a page of help."""
        self._line(self._seen(text))

    def value(self, name: str, value: object, *, plain: str = "") -> None:
        """One value: alone on its line (as `plain`), or as the member `name` of an object."""
        if self.is_json:
            self._json({name: value})
        else:
            self._line(self._seen(plain or encoding.plain(value)))

    def raw(self, body: Any, text: str, *, head: str = "") -> None:
        """A whole reply: as the server sent it for a program, indented for a person."""
        if head:
            self._line(f"{harmless(head)}\n")
        if self.format is Format.TABLE:
            self._line(harmless(json.dumps(body, ensure_ascii=False, indent=2)))
        elif self._jq:
            self._found(self._jq.results_of(text))
        elif self.format is Format.NDJSON and "\n" in text:
            self._json(body)
        else:
            self._line(self._seen(text))

    def remark(self, line: str) -> None:
        """A line for a person, unless they asked for quiet."""
        if not self._is_quiet:
            self._streams.remark(harmless(line))

    def progress(self, line: str) -> None:
        """A remark on what is under way; JSON's reader expects the error's line alone."""
        if not self.is_json:
            self.remark(line)

    @property
    def status(self) -> Callable[[str], None] | None:
        """Shows a line of progress in the place of the one before; None where nobody looks."""
        is_told = not (self._is_quiet or self.is_json)
        is_seen = is_told and self._streams.is_terminal(self._streams.stderr)
        return self._streams.show_status if is_seen else None

    def counting(self, noun: str, total: Callable[[], int] | None = None) -> Progress:
        """What a long job has done so far, for a person at a terminal; `total` is asked then."""
        is_seen = not self._is_quiet and self._streams.is_terminal(self._streams.stderr)
        return Progress(self._streams, noun, total, is_seen=is_seen)

    def detail(self, line: str) -> None:
        """What --verbose adds, whatever the format."""
        if self._is_verbose:
            self._streams.remark(harmless(line))

    def failure(self, error: TickitiError | ApiError) -> None:
        """Why a command failed, to standard error: a sentence and a hint, or one JSON line."""
        if self.is_json:
            self._streams.remark(encoding.json_text({"error": failures.members(error)}))
            return
        lines = [*failures.lines(error)]
        # What cron mails is one line.
        for line in [" ".join(map(str.strip, lines))] if self._is_quiet else lines:
            self._streams.remark(harmless(line))

    def _narrowed(self, shape: Sequence[Column]) -> Sequence[Column]:
        return columns(*self._fields) if self._fields else shape

    def _picked(self, record: Record) -> Record:
        if not self._fields:
            return record
        unknown = [name for name in self._fields if name not in record]
        if unknown:
            known = ", ".join(record)
            raise UsageProblem(
                f"--fields: there is no field '{unknown[0]}' (known: {known})."
                f"{nearest(unknown[0], record)}"
            )
        return {name: record[name] for name in self._fields}

    def _table(self, records: list[Record], shape: Sequence[Column], empty: str) -> None:
        if not records:
            self.remark(empty)
            return
        for record in records[:1]:
            self._picked(record)
        from tickiti_cli import tables  # noqa: PLC0415 - rich is slow to import

        tables.table(self._streams, records, shape, color=self._color)

    def _lines(self, records: Iterable[Record], shape: Sequence[Column]) -> None:
        for record in records:
            picked = self._picked(record)
            if self.format is Format.NDJSON:
                self._json(picked)
            else:
                self._line("\t".join(encoding.plain(record.get(column.key)) for column in shape))
            self._streams.flush()

    def _csv(self, records: Iterable[Record], shape: Sequence[Column]) -> None:
        self._csv_line([column.key for column in shape])
        for record in records:
            self._picked(record)
            self._csv_line([encoding.cell(record.get(column.key)) for column in shape])
            self._streams.flush()

    def _csv_line(self, cells: Sequence[str]) -> None:
        self._streams.write(self._seen(encoding.csv_line(cells)))

    def _seen(self, text: str) -> str:
        """A file gets the text as it is; where it has no escapes, a terminal gets less."""
        return harmless(text) if self._streams.is_terminal(self._streams.stdout) else text

    def _json(self, value: Any) -> None:
        if self._jq is None:
            self._line(encoding.json_text(value))
            return
        self._found(self._jq.results(value))

    def _found(self, results: "Iterable[str | Written]") -> None:
        """What jq made of a document: a text as it is, any other value as a line of JSON."""
        for found in results:
            self._line(self._seen(found) if isinstance(found, str) else encoding.shown(found.json))

    def _line(self, text: str) -> None:
        self._streams.write(f"{text}\n")
