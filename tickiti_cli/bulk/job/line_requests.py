"""The requests of a job: makes each record of a file a request with an identity."""

import json
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from tickiti_cli.api.reply import Reply
from tickiti_cli.bulk.derived_keys import derived_key
from tickiti_cli.bulk.job.former_jobs import CurrentLine
from tickiti_cli.bulk.job.identity import hash64, request_id
from tickiti_cli.bulk.job.job import Repetition
from tickiti_cli.bulk.job.survey import Survey
from tickiti_cli.bulk.options import BulkOptions
from tickiti_cli.bulk.records.record import Record, Remark
from tickiti_cli.bulk.records.source import RecordSource
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.errors import UsageProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a bulk job turns the records of a file into requests."""

    source: RecordSource
    endpoint: Endpoint
    field_of: Callable[[str], str | None]
    """Returns the field that a column holds; None for a column that is ignored."""

    body_of: Callable[[Mapping[str, Any]], dict[str, Any]]
    """Makes the request from a record's fields. Raises UsageProblem."""

    id_of: Callable[[Reply], object]
    """Returns the id of what the server made, from its reply."""

    options: BulkOptions
    request_options: Mapping[str, str] = field(default_factory=dict)
    """The flags that shape the requests. They are part of the job's record."""

    repetition: Repetition = Repetition.NO_LINE
    noun: str = "lines"
    former_identity: Mapping[str, str] = field(default_factory=dict)
    """The members of `request_options` that are part of a job's name in version 0.1.0."""


class LineRequest(NamedTuple):
    """The request of one line, or the reason why there is none."""

    record: Record
    number: int
    """64 bits of the digest of request and key."""

    content: int
    """64 bits of the digest of the request alone, without the key of --key-from."""

    body: dict[str, Any] | None = None
    key: str = ""
    """The key that --key-from makes, if any."""

    error: str = ""


MOST_NAMED = 5
"""Unknown columns that one line names."""

MOST_TOLD = 5
"""Lines on unknown columns."""


class LineRequests:
    """Reads the file of a plan, any number of times. Each remark is shown once."""

    def __init__(self, plan: Plan, remark: Remark) -> None:
        self._plan = plan
        self._key_from = plan.options.key_from
        self._remark = remark
        self._remarked: set[str] = set()
        self._unknown: set[str] = set()
        self._unknown_told = 0
        self.has_records = False
        self.first: Mapping[str, Any] = {}
        """The columns of the first record that could be read."""

    def each(self) -> Iterator[LineRequest]:
        """Yield the request of each line. Raises UsageProblem for a file that cannot be read."""
        for record in self._plan.source.records(self._remark_once):
            self.has_records = True
            try:
                yield self._request_of(record)
            except UsageProblem as problem:
                number = hash64("", record.text or record.columns)
                yield LineRequest(record, number, number, error=problem.message)

    def survey(self) -> Survey:
        """Read the file for the first time, to identify every line."""
        asked, contents, numbers = array("Q"), array("Q"), array("Q")
        is_valid = bytearray()
        for request in self.each():
            asked.append(request.number)
            contents.append(request.content)
            numbers.append(request.record.number)
            is_valid.append(request.body is not None)
        return Survey.of(asked, contents if self._key_from else asked, numbers, is_valid)

    def current_lines(self, survey: Survey) -> Iterator[CurrentLine]:
        """Read the file again and yield each line with its identity."""
        for request, line in zip(self.each(), survey.lines, strict=False):
            yield CurrentLine(request.record.number, line, request.body, request.key)

    def _request_of(self, record: Record) -> LineRequest:
        """Raises UsageProblem."""
        if record.error:
            raise UsageProblem(record.error)
        self.first = self.first or record.columns
        key, body = self._key(record), self._body(record)
        content = request_id(body)
        return LineRequest(record, request_id(body, key) if key else content, content, body, key)

    def _key(self, record: Record) -> str:
        missing = [name for name in self._key_from if name not in record.columns]
        if missing:
            raise UsageProblem(f"'{missing[0]}' is missing, which --key-from needs.")
        try:
            values = {name: _text(record.columns[name]) for name in self._key_from}
            return derived_key(values) if values else ""
        except UnicodeEncodeError:
            columns = ", ".join(self._key_from)
            raise UsageProblem(f"its {columns} is not Unicode text, as --key-from needs.") from None

    def _body(self, record: Record) -> dict[str, Any]:
        return self._plan.body_of(self.fields_of(record.columns))

    def fields_of(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a record by field.

        Of two columns for one field, one counts: the mapped one, else the one with its exact name.
        """
        chosen: dict[str, str] = {}
        unknown: list[str] = []
        for column in columns:
            name = self._plan.field_of(column)
            if name is None:
                if column not in self._key_from:
                    unknown.append(column)
            elif name not in chosen:
                chosen[name] = column
            else:
                ignored, used = sorted((column, chosen[name]), key=partial(_closeness, name))
                self._remark_once(f"The column '{ignored}' repeats '{used}'; ignored.")
                chosen[name] = used
        self._remark_on_unknown(unknown)
        return {name: columns[column] for name, column in chosen.items()}

    def _remark_on_unknown(self, columns: list[str]) -> None:
        """Tell in one line which columns are not fields. A file in which every record has other
        unknown columns causes a few remarks only."""
        fresh = [column for column in columns if column not in self._unknown]
        if not fresh or self._unknown_told > MOST_TOLD:
            return
        self._unknown.update(fresh)
        self._unknown_told += 1
        if self._unknown_told > MOST_TOLD:
            self._remark("More columns are not fields; ignored.")
            return
        named = ", ".join(f"'{column}'" for column in fresh[:MOST_NAMED])
        if len(fresh) > MOST_NAMED:
            named += f" and {len(fresh) - MOST_NAMED:,} more"
        noun = "column {} is not a field" if len(fresh) == 1 else "columns {} are not fields"
        self._remark(f"The {noun.format(named)}; ignored.")

    def _remark_once(self, remark: str) -> None:
        if remark not in self._remarked:
            self._remarked.add(remark)
            self._remark(remark)


def _closeness(name: str, column: str) -> int:
    """How surely a column is meant for a field: it is mapped, has its name, or its name in another
    case."""
    if column == name:
        return 1
    return 0 if column.casefold() == name.casefold() else 2


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
