"""The conditions of a search. Values are bound, and clauses of SQL compare them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass, field
from typing import NamedTuple

from tickiti_server.store.search.clauses import is_there
from tickiti_server.store.search.sources import (
    BY_VALUE,
    EXACT,
    LOOKED_UP,
    RANGES,
    SOURCES,
    TextSource,
    of_columns,
)

Clause = Callable[[str], str]
"""Makes SQL that compares a ticket with a placeholder."""


class Bound(NamedTuple):
    """A value that brings its own clause, where the values of one mode are compared differently."""

    clause: Clause
    value: object


MOST_ALTERNATIVES = 60
"""Values of all conditions that make sources: SQLite takes 500 SELECTs in one of its compound ones,
and a value makes up to three."""

_OTHER_TABLES = re.compile(r"\b[qoa]\.")


@dataclass(slots=True)
class Conditions:
    """Conditions that must all hold. Values are bound, never written into the SQL."""

    seen_by: InitVar[int]
    """The person who searches, whose personal watchlists count."""

    sees_notes: InitVar[bool] = True
    """Whether internal notes are searched and counted."""

    clauses: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    """Clauses that read texts, so that they are evaluated last."""

    sources: list[str] = field(default_factory=list)
    """For some of the conditions: SQL of the tickets that an index finds."""

    texts: list[TextSource] = field(default_factory=list)
    """The sources of the conditions on texts."""

    ranges: dict[str, list[str]] = field(default_factory=dict)
    """The ranges of columns, as comparisons without the column."""

    values: dict[str, object] = field(default_factory=dict)
    alternatives: int = 0
    """The values that make sources."""

    exact: list[str] = field(default_factory=list)
    """The sources that have the tickets of a condition once each, and no others."""

    by_value: list[str] = field(default_factory=list)
    """Those of them that an index finds by the value itself."""

    looked_up: dict[str, str] = field(default_factory=dict)
    """The conditions that look each ticket up in another table, by their sources."""

    def __post_init__(self, seen_by: int, sees_notes: bool) -> None:
        self.values["seen_by"] = seen_by
        self.values["sees_notes"] = int(sees_notes)

    def bind(self, value: object) -> str:
        """The placeholder for a value."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def sql(self, clause: Clause, value: object) -> str:
        """The SQL of a clause for one value, which may bring its own clause."""
        own, bare = _with_its_clause(clause, value)
        return own(self.bind(bare))

    def any_of(self, clause: Clause, values: Sequence[object]) -> None:
        """At least one of the values must match."""
        if clause in RANGES:
            self._in_range(clause, [value for value in values if isinstance(value, int)])
            return
        alternatives, found = [], []
        for each in values:
            own, value = _with_its_clause(clause, each)
            placeholder = self.bind(value)
            alternatives.append(own(placeholder))
            if own in SOURCES:
                found.append(SOURCES[own](placeholder))
        self.one_of(alternatives)
        if alternatives and len(found) == len(alternatives) and self._has_room(len(found)):
            self.sources.append(" UNION ALL ".join(found))
            if len(found) == 1 and own in EXACT:
                self.exact.append(found[0])
                if own in BY_VALUE:
                    self.by_value.append(found[0])
                if own in LOOKED_UP:
                    self.looked_up[found[0]] = self.clauses[-1]

    def one_of(self, alternatives: Sequence[str]) -> None:
        """At least one of these conditions must hold."""
        self.clauses.append(f"({' OR '.join(alternatives)})")

    def one_of_texts(self, alternatives: Sequence[str], source: TextSource) -> None:
        """At least one of these conditions on texts must hold."""
        self.checks.append(f"({' OR '.join(alternatives)})")
        if self._has_room(len(source.groups)):
            self.texts.append(source)

    def _has_room(self, alternatives: int) -> bool:
        """Whether so many more alternatives may be sources. The others are compared one by one."""
        if self.alternatives + alternatives > MOST_ALTERNATIVES:
            return False
        self.alternatives += alternatives
        return True

    def none_of(self, clause: Clause, values: Sequence[object]) -> None:
        """No value may match. A comparison with NULL does not match."""
        for value in values:
            self.clauses.append(f"(({self.sql(clause, value)}) IS NOT TRUE)")

    def all_sources(self) -> list[str]:
        """The sources of all conditions except those on texts."""
        return [*self.sources, *self._of_ranges()]

    def sources_by_value(self) -> list[str]:
        """Those of them that compare a column with a value, or with the ends of a range."""
        return [*self.by_value, *self._of_ranges()]

    def _of_ranges(self) -> list[str]:
        return [of_columns(column, *each) for column, each in self.ranges.items()]

    def only_source(self) -> str | None:
        """The source that has the tickets that meet all conditions, and besides these only deleted
        ones. None: there is no such source."""
        every = [*self.clauses, *self.checks]
        is_only = len(every) == 2 and is_there() in every and len(self.all_sources()) == 1
        return next(iter(self.exact), None) if is_only else None

    def bounds(self, column: str, sign: str) -> list[int]:
        """The values of a column's ranges with this sign."""
        found = (comparison.split(" ") for comparison in self.ranges.get(column, ()))
        values = [self.values[name.removeprefix(":")] for own, name in found if own == sign]
        return [value for value in values if isinstance(value, int)]

    @property
    def needs_tables(self) -> bool:
        """Whether a clause compares a column of the queue or of a person."""
        return any(_OTHER_TABLES.search(clause) for clause in self.clauses)

    def where(self) -> str:
        """The WHERE of all conditions; empty where there is none."""
        return where([*self.clauses, *self.checks])

    def _in_range(self, clause: Clause, values: Sequence[int]) -> None:
        column, sign, outermost = RANGES[clause]
        placeholder = self.bind(outermost(values))
        self.clauses.append(clause(placeholder))
        self.ranges.setdefault(column, []).append(f"{sign} {placeholder}")


def where(clauses: Sequence[str]) -> str:
    """The WHERE of these clauses; empty where there is none."""
    return f"WHERE {' AND '.join(clauses)}" if clauses else ""


def _with_its_clause(clause: Clause, value: object) -> tuple[Clause, object]:
    return (value.clause, value.value) if isinstance(value, Bound) else (clause, value)
