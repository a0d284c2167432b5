"""The result of a check: a row with its state and an advice."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    """Works now, but may fail some day."""

    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One row of `tickiti doctor`; `advice` is empty for a check that is ok."""

    name: str
    state: State
    detail: str
    advice: str = ""


def ok(name: str, detail: str) -> Check:
    return Check(name, State.OK, detail)


def warn(name: str, detail: str, advice: str = "") -> Check:
    return Check(name, State.WARN, detail, advice)


def fail(name: str, detail: str, advice: str = "") -> Check:
    return Check(name, State.FAIL, detail, advice)
