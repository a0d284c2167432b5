"""The generated modules are those of today's endpoints, and their examples can be called."""

import inspect
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tickiti_cli.contract.catalogue import CATALOGUE
from tickiti_cli.python import Client, types
from tickiti_cli.python.endpoints.arguments import ARGUMENTS
from tickiti_cli.python.endpoints.root import Root
from tickiti_cli.python.group import Group
from tickiti_server.documentation.python_client.__main__ import ROOT, write
from tickiti_server.documentation.python_client.methods import RENAMED


class Recorded:
    """Stands for a server: keeps the calls."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def call(self, name: str, body: Any, *, key: Any = None, place: Any = None) -> Any:  # noqa: ARG002
        self.asked.append((name, {**body, **(place or {})}))

    def rows(self, name: str, body: Any, *, member: str, size: str) -> Any:  # noqa: ARG002
        self.asked.append((name, body))
        return iter(())


def method_of(name: str, calls: Recorded) -> Any:
    found: Any = Root(calls)
    for part in RENAMED.get(name, name).split("."):
        found = getattr(found, part)
    return found


def test_the_checked_in_modules_are_those_of_the_document(tmp_path: Path) -> None:
    """Mend it with `python -m tickiti_server.documentation.python_client`."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    written = write(tmp_path)
    differing = [
        str(path.relative_to(tmp_path))
        for path in written
        if path.read_text() != (ROOT / path.relative_to(tmp_path)).read_text()
    ]
    assert differing == []
    package = ROOT / "tickiti_cli" / "python"
    known = {path.relative_to(tmp_path) for path in written}
    there = {path.relative_to(ROOT) for path in (package / "endpoints").rglob("*.py")}
    assert there <= known, "modules of families that are gone"


def test_each_endpoint_has_a_method_whose_example_calls_it() -> None:
    for name, row in CATALOGUE.items():
        if row.is_off:
            continue
        calls = Recorded()
        words = inspect.getdoc(method_of(name, calls))
        assert words is not None, name
        example = inspect.cleandoc(words.partition("Example::")[2])
        eval(example, {"client": Root(calls), "Path": Path})
        ((asked, given),) = calls.asked
        assert asked == name
        assert set(row.params) <= given.keys(), name


@pytest.mark.parametrize(
    ("method", "argument", "name", "advice"),
    [
        ("tickets.close", "contnt", "Tickets.close", "Did you mean content?"),
        ("tickets.close", "ticketnumber", "Tickets.close", "Did you mean ticket_number?"),
        ("create_ticket", "idempotencykey", "Root.create_ticket", "Did you mean idempotency_key?"),
        ("tickets.query_all", "oder", "Tickets.query_all", "Did you mean order?"),
        ("idempotency_key", "zzz", "Root.idempotency_key", "It takes action."),
    ],
)
def test_an_unknown_argument_is_refused_with_the_nearest_one(
    method: str, argument: str, name: str, advice: str
) -> None:
    calls = Recorded()
    with pytest.raises(TypeError) as caught:
        method_of(method, calls)(**{argument: "x"})
    refused = f"{name}() got an unexpected keyword argument '{argument}'."
    assert str(caught.value) == f"{refused} {advice}"
    assert calls.asked == []


def test_each_method_takes_the_arguments_of_its_type() -> None:
    """All that the type checker accepts, nothing else."""
    for name, row in CATALOGUE.items():
        if row.is_off:
            continue
        method = method_of(name, Recorded())
        parameters = inspect.signature(method).parameters
        known = set(ARGUMENTS.get(name, "").split())
        assert bool(known) == ("body" in parameters), name
        if known:
            assert parameters.keys() - {"body"} <= known, name
        if match := re.fullmatch(
            r"Unpack\[types\.(\w+)\]", str(method.__annotations__.get("body"))
        ):
            fields = getattr(types, match[1]).__annotations__.keys()
            assert fields | (parameters.keys() - {"body"}) == known, name


def test_no_method_hides_a_method_of_the_client() -> None:
    generated = {name for name in vars(Root) if not name.startswith("_")}
    assert generated.isdisjoint(vars(Client))
    assert issubclass(Client, Group)
