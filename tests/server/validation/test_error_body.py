"""The sentence of a value that is too long counts what the value consists of."""

from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from tickiti_server.validation.error_body import validation_failed
from tickiti_server.validation.fields import Body, Line


class Lengths(Body):
    text: Line = ""
    listed: Annotated[tuple[str, ...], Field(max_length=1)] = ()


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("text", "x" * 256, "may not be longer than 255 characters"),
        ("listed", ["a", "b"], "may not have more than 1 items"),
    ],
)
def test_a_long_text_has_characters_and_a_long_list_has_items(
    field: str, value: object, rule: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        Lengths.model_validate({field: value})
    sentence = f"The {field} field {rule}."
    assert validation_failed(refused.value).errors == {field: [sentence]}
