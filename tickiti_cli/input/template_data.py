"""The values of a template's placeholders, from the flags `-d order.id=4711` and `--data-json`.

Rule: two flags that give the same value are an error, so that their order never matters.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from tickiti_cli.errors import UsageProblem
from tickiti_cli.input.read import parse_json, read_text

Data = Annotated[
    list[str] | None,
    typer.Option(
        "-d",
        "--data",
        metavar="K=V",
        help="Placeholder value; dots nest values: order.id=4711",
    ),
]
DataJson = Annotated[
    str | None,
    typer.Option(metavar="FILE", help='Read values from the JSON object in FILE ("-" for stdin)'),
]

Values = dict[str, Any]


def data_of(pairs: list[str] | None, file: str | None, *, flag: str = "-d") -> Values:
    """The object of --data-json, with the values of `flag` added. Raises UsageProblem."""
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
    """The nested object of a line's columns, such as `order.id`. Raises UsageProblem."""
    data: Values = {}
    for name, value in columns.items():
        if not all(name.split(".")):
            raise UsageProblem(f"column '{name}' is not a valid placeholder name.")
        _put(data, name, value, of="column")
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
        raise UsageProblem(f"{of} {name}: given twice.")
    data[last] = value
