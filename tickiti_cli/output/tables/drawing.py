"""Draws rows, a record or a thread in a format for people: a table, Markdown or HTML."""

from collections.abc import Sequence
from typing import NamedTuple

from tickiti_cli.config.settings import Format
from tickiti_cli.output.format import Column, Record
from tickiti_cli.output.streams import Streams

# Each format imports its own module: rich, which draws the table, is slow to import.


class Drawing(NamedTuple):
    """Writes to standard output. `chosen` is one of settings.DRAWN."""

    chosen: Format
    streams: Streams
    color: str

    def rows(self, records: Sequence[Record], shape: Sequence[Column], *, empty: str) -> list[str]:
        """Write the rows; a report without any has the sentence `empty`, so that a mail of it is
        not blank. Returns the headings that a terminal has no room for."""
        if self.chosen is Format.TABLE:
            from tickiti_cli.output.tables import terminal  # noqa: PLC0415

            return terminal.table(self.streams, records, shape, color=self.color)
        from tickiti_cli.output.tables import markup  # noqa: PLC0415

        if not records:
            draw_text = markup.markdown_text if self._is_markdown else markup.html_text
            self.streams.write(draw_text(empty))
            return []
        draw = markup.markdown_rows if self._is_markdown else markup.html_rows
        self.streams.write(draw(records, shape))
        return []

    def record(self, found: Record, shape: Sequence[Column]) -> None:
        """Write one record, with a line for each field."""
        if self.chosen is Format.TABLE:
            from tickiti_cli.output.tables import terminal  # noqa: PLC0415

            terminal.card(self.streams, found, shape, color=self.color)
            return
        from tickiti_cli.output.tables import markup  # noqa: PLC0415

        draw = markup.markdown_record if self._is_markdown else markup.html_record
        self.streams.write(draw(found, shape))

    def thread(self, ticket: Record, responses: Sequence[Record]) -> None:
        """Write a ticket, then its responses in the given order."""
        if self.chosen is Format.TABLE:
            from tickiti_cli.output.tables import terminal  # noqa: PLC0415

            terminal.thread(self.streams, ticket, responses, color=self.color)
            return
        from tickiti_cli.output.tables import markup  # noqa: PLC0415

        draw = markup.markdown_thread if self._is_markdown else markup.html_thread
        self.streams.write(draw(ticket, responses))

    @property
    def _is_markdown(self) -> bool:
        return self.chosen is Format.MARKDOWN
