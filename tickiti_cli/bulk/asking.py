"""From the lines of a file to requests, and to what each line is known by."""

import json
from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tickiti_cli.bulk.former import Told
from tickiti_cli.bulk.identity import asked_of, number_of
from tickiti_cli.bulk.line import Line, Remark
from tickiti_cli.bulk.manner import Manner
from tickiti_cli.bulk.source import Source
from tickiti_cli.bulk.survey import Survey
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_cli.derived_keys import derived_key
from tickiti_cli.errors import UsageProblem
from tickiti_cli.replies import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is done with a file."""

    source: Source
    endpoint: Endpoint
    field_of: Callable[[str], str | None]
    """The field that a column holds; None for a column that is ignored."""

    body_of: Callable[[Mapping[str, Any]], dict[str, Any]]
    """The request of a line's fields. Raises UsageProblem."""

    id_of: Callable[[Reply], object]
    manner: Manner
    options: Mapping[str, str] = field(default_factory=dict)
    """What shapes the requests besides the file."""

    variant: Mapping[str, str] = field(default_factory=dict)
    """Those of `options` by which version 0.1.0 told one job from another."""


class Asked(NamedTuple):
    """A line and its request, or why it has none."""

    line: Line
    number: int
    """What it asks for; without its rank among its equals."""

    content: int
    """The same without the key of --key-from."""

    body: dict[str, Any] | None = None
    key: str = ""
    """The one that --key-from makes."""

    error: str = ""


class Asking:
    """Reads the lines of a plan, as often as is needed. `remark` hears once what is ignored."""

    def __init__(self, plan: Plan, remark: Remark) -> None:
        self._plan = plan
        self._key_from = plan.manner.key_from
        self._remark = remark
        self._told: set[str] = set()

    def each(self) -> Iterator[Asked]:
        """From the first line on. Raises UsageProblem for a file that cannot be read at all."""
        for line in self._plan.source.lines(self._once):
            try:
                yield self._asked(line)
            except UsageProblem as problem:
                number = number_of("", line.text or line.columns)
                yield Asked(line, number, number, error=problem.message)

    def survey(self) -> Survey:
        """What each line is known by: the first reading."""
        asked, contents, numbers = array("Q"), array("Q"), array("Q")
        is_valid = bytearray()
        for one in self.each():
            asked.append(one.number)
            contents.append(one.content)
            numbers.append(one.line.number)
            is_valid.append(one.body is not None)
        return Survey.of(asked, contents if self._key_from else asked, numbers, is_valid)

    def told(self, survey: Survey) -> Iterator[Told]:
        """Each line with what it is known by."""
        for one, line in zip(self.each(), survey.lines, strict=False):
            yield Told(one.line.number, line, one.body, one.key)

    def _asked(self, line: Line) -> Asked:
        """Raises UsageProblem."""
        if line.error:
            raise UsageProblem(line.error)
        key, body = self._key(line), self._body(line)
        content = asked_of(body)
        return Asked(line, asked_of(body, key) if key else content, content, body, key)

    def _key(self, line: Line) -> str:
        missing = [name for name in self._key_from if name not in line.columns]
        if missing:
            raise UsageProblem(f"it has no '{missing[0]}', which --key-from needs.")
        try:
            values = {name: _text(line.columns[name]) for name in self._key_from}
            return derived_key(values) if values else ""
        except UnicodeEncodeError:
            told = ", ".join(self._key_from)
            raise UsageProblem(f"its {told} is not Unicode text, as --key-from needs.") from None

    def _body(self, line: Line) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for column, value in line.columns.items():
            name = self._plan.field_of(column)
            if name is not None:
                fields[name] = value
            elif column not in self._key_from:
                self._once(f"The column '{column}' is no field; it is ignored.")
        return self._plan.body_of(fields)

    def _once(self, remark: str) -> None:
        if remark not in self._told:
            self._told.add(remark)
            self._remark(remark)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
