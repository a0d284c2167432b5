"""The values of a template's placeholders, as flags give them: `-d order.id=4711`, `--data-json`.

The rule of this file: two flags that say different things of one value are an error, not an order.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tickiti_cli.errors import UsageProblem
from tickiti_cli.inputs import parse_json, read_text

Data = Annotated[
    list[str] | None,
    typer.Option("-d", "--data", metavar="K=V", help="A value; dots make objects: order.id=4711."),
]
DataJson = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="A JSON object of values from a file, or - for stdin."),
]

Values = dict[str, Any]


def data_of(pairs: list[str] | None, file: str | None, *, flag: str = "-d") -> Values:
    """The object of --data-json with the values of `flag` in it. Raises UsageProblem."""
    data: Values = {}
    if file is not None:
        source = f"--data-json {file}"
        data = parse_json(read_text(file, flag=source), flag=source)
        if not isinstance(data, dict):
            raise UsageProblem(f"{source}: not a JSON object.")
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals or not all(name.split(".")):
            raise UsageProblem(
                f"{flag}: '{pair}' is not K=V, such as name=Marcus or order.id=4711."
            )
        _put(data, name, value, of=flag)
    return data


def nested(columns: Mapping[str, Any]) -> Values:
    """The object that a line's columns make. Raises UsageProblem."""
    data: Values = {}
    for name, value in columns.items():
        if not all(name.split(".")):
            raise UsageProblem(f"its column '{name}' is no name of a value.")
        _put(data, name, value, of="its column")
    return data


def _put(data: Values, name: str, value: Any, *, of: str) -> None:
    *path, last = name.split(".")
    for step in path:
        data = data.setdefault(step, {})
        if not isinstance(data, dict):
            raise UsageProblem(
                f"{of} {name}: '{step}' has a value already, and cannot hold others."
            )
    if last in data:
        raise UsageProblem(f"{of} {name}: it has a value already.")
    data[last] = value
