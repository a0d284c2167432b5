"""`collect` makes a handler from a function's marks and annotations."""

from types import ModuleType
from typing import Any

import pytest

from tickiti_cli.contract import classic
from tickiti_cli.contract.endpoint import Endpoint
from tickiti_server.api.call import Call
from tickiti_server.api.handler import collect, handles
from tickiti_server.validation.fields import Body

ROW: Endpoint = classic.create_ticket


class Plain(Body):
    word: str


class Rich(Body):
    word: str


def build(call: Call, body: Rich) -> str:
    return body.word


def module(function: Any) -> ModuleType:
    made = ModuleType("family")
    made.function = function  # type: ignore[attr-defined]
    return made


def test_preparation_serves_the_bodies_of_its_annotation() -> None:
    @handles(ROW, prepare=build)
    def rule(call: Call, body: Plain | Rich, built: str | None) -> dict[str, str]: ...

    preparation = collect([module(rule)], [ROW])[ROW.name].preparation
    assert preparation is not None
    assert preparation.function is build
    assert [isinstance(body(word="x"), preparation.body) for body in (Plain, Rich)] == [False, True]


def test_handler_without_a_preparation_gets_its_body_alone() -> None:
    @handles(ROW)
    def rule(call: Call, body: Plain) -> dict[str, str]: ...

    assert collect([module(rule)], [ROW])[ROW.name].preparation is None


def test_unused_preparation_and_unfilled_parameter_are_refused() -> None:
    @handles(ROW, prepare=build)
    def deaf(call: Call, body: Rich) -> dict[str, str]: ...

    @handles(ROW)
    def waiting(call: Call, body: Rich, built: str) -> dict[str, str]: ...

    for rule in (deaf, waiting):
        with pytest.raises(LookupError, match="create_ticket: a preparation and a third parameter"):
            collect([module(rule)], [ROW])
