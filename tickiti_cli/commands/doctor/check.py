"""What a check found."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    """It works, and could fail some day."""

    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One row; `advice` is what to do where it is not ok."""

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
