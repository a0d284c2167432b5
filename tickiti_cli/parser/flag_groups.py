"""Flags that several commands take together, as one parameter of the command's function.

Rule: typer sees the flags, the function sees the group. Help is the same as without a group.
"""

import inspect
from collections.abc import Callable, Iterator
from functools import update_wrapper
from typing import Any, get_type_hints


def expand_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Replace each parameter that is a NamedTuple by one flag for each of its fields.

    A field is annotated as a parameter is, and its default is the flag's default.
    """
    hints = get_type_hints(command, include_extras=True)
    groups = {name: hint for name, hint in hints.items() if hasattr(hint, "_fields")}

    def run(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(*(values.pop(field) for field in group._fields))
        command(**values)

    update_wrapper(run, command)
    parameters = inspect.signature(command).parameters.values()
    flags = [flag for parameter in parameters for flag in _flags(parameter, hints[parameter.name])]
    run.__signature__ = inspect.Signature(flags)  # type: ignore[attr-defined]
    run.__annotations__ = {flag.name: flag.annotation for flag in flags}
    return run


def _flags(parameter: inspect.Parameter, hint: Any) -> Iterator[inspect.Parameter]:
    """Yield the flags of a group, or the parameter itself."""
    if not hasattr(hint, "_fields"):
        yield parameter.replace(annotation=hint)
        return
    hints = get_type_hints(hint, include_extras=True)
    for field in hint._fields:
        default = hint._field_defaults.get(field, inspect.Parameter.empty)
        yield inspect.Parameter(
            field, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[field]
        )
