"""The form of an intervention: values that staff edited replace those of the request."""

import re
from collections.abc import Sequence
from typing import Any

from tickiti_cli.contract.characters import CONTROL
from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.api.workflow.bodies.interventions import FieldType, InterventionField
from tickiti_server.validation.fields import trimmed
from tickiti_server.validation.strict_json import Decimal

Values = dict[str, Any]

MOST_STRANGERS = 49
"""Unknown fields that are named. A body can hold a hundred thousand."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?", re.ASCII)
_CHECKED: dict[object, bool] = {
    True: True, False: False, "1": True, "0": False, "true": True, "false": False,
}  # fmt: skip


def filled(fields: Sequence[InterventionField], asked: Values, edited: Values) -> Values:
    """The data of the request with the form's values. Without a form every edited value is taken.

    Raises ValidationFailed that names every wrong field and the first MOST_STRANGERS unknown ones.
    """
    if not fields:
        return {**asked, **edited}
    data, errors = dict(asked), _strangers(fields, edited)
    for field in fields:
        given = edited.get(field.name, asked.get(field.name))
        try:
            data[field.name] = _value(field.type, given)
        except ValueError as error:
            errors[f"data.{field.name}"] = [f"The data.{field.name} field {error}."]
    if errors:
        raise ValidationFailed.of_fields(errors)
    return data


SAMPLES: dict[str, Any] = {
    FieldType.TEXT: "sample",
    FieldType.TEXTAREA: "sample",
    FieldType.NUMBER: 1,
    FieldType.CHECKBOX: True,
}


def sampled(fields: Sequence[InterventionField], given: Values) -> Values:
    """The data of a request that nobody made: the given values, and samples of the other fields.

    Raises ValidationFailed as `filled` does.
    """
    return filled(fields, {field.name: SAMPLES[field.type] for field in fields}, given)


def _strangers(fields: Sequence[InterventionField], edited: Values) -> dict[str, list[str]]:
    names = {field.name: None for field in fields}
    known = ", ".join(names)
    strangers = [name for name in edited if name not in names]
    errors = {
        f"data.{name}": [f"The data.{name} field is not on the form, which has: {known}."]
        for name in strangers[:MOST_STRANGERS]
    }
    if more := len(strangers) - len(errors):
        errors["data"] = [f"The data field has {more} more that are not on the form."]
    return errors


def _value(kind: str, value: object) -> Any:
    """The value of a field by its type. Raises ValueError with the rest of a sentence."""
    if isinstance(value, str) and kind != FieldType.TEXTAREA:
        value = trimmed(value)
    if kind == FieldType.CHECKBOX:
        if value is None or value == "":
            return False
        if isinstance(value, (bool, int, str)) and value in _CHECKED:
            return _CHECKED[value]
        raise ValueError("must be true or false")
    if value is None:
        raise ValueError("is required")
    if kind == FieldType.NUMBER:
        return _number(value)
    if not isinstance(value, str):
        raise ValueError("must be a string")  # noqa: TRY004 - a field's error, like the others
    if kind == FieldType.TEXT and CONTROL.search(value):
        raise ValueError("must be one line without control characters")
    return value


def _number(value: object) -> int | float:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("must be a number")  # noqa: TRY004 - a field's error, too
    return value
