"""The shapes of the AI assistant's settings: body and reply."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.fields import ClearingBody, Flag, Integer, Line, Text

MOST_TEXT = 10_000
"""Characters of a text of the assistant."""

Words = Annotated[Text, Field(max_length=MOST_TEXT)]
_KEPT = "Stored; the bundled server has no assistant."

TEXTS = ("ai_model", "ai_persona", "ai_business_context", "ai_signature", "ai_auto_signature")


class UpdateAssistant(ClearingBody):
    """Members that are left out keep their values; an empty text clears a text."""

    CLEARS = frozenset(TEXTS)

    current_password: Annotated[
        Line,
        Field(
            description="Required by the vendor; not checked by the bundled server.",
            examples=["secret"],
        ),
    ]
    ai_enabled: Annotated[Flag | None, Field(description=_KEPT, examples=[False])] = None
    ai_auto_draft_inbound: Annotated[Flag | None, Field(description=_KEPT)] = None
    ai_suggest_after_staff_reply: Annotated[Flag | None, Field(description=_KEPT)] = None
    ai_auto_send: Annotated[Flag | None, Field(description=_KEPT)] = None
    ai_auto_send_threshold: Annotated[
        Annotated[Integer, Field(ge=0, le=100)] | None, Field(description=_KEPT, examples=[90])
    ] = None
    ai_model: Annotated[Words | None, Field(description=_KEPT)] = None
    ai_persona: Annotated[
        Words | None, Field(description=_KEPT, examples=["A calm shoe expert."])
    ] = None
    ai_business_context: Annotated[Words | None, Field(description=_KEPT)] = None
    ai_signature: Annotated[Words | None, Field(description=_KEPT)] = None
    ai_auto_signature: Annotated[Words | None, Field(description=_KEPT)] = None
    ai_api_key: Annotated[
        Line | None, Field(description="Stored; never returned.", examples=["sk-example"])
    ] = None
    ai_api_key_clear: Annotated[Flag, Field(description="Delete the stored key.")] = False


class Assistant(TypedDict):
    ai_enabled: Annotated[bool, Field(examples=[False])]
    ai_auto_draft_inbound: Annotated[bool, Field(examples=[False])]
    ai_suggest_after_staff_reply: Annotated[bool, Field(examples=[False])]
    ai_auto_send: Annotated[bool, Field(examples=[False])]
    ai_auto_send_threshold: Annotated[int, Field(examples=[90])]
    ai_model: Annotated[str, Field(examples=[""])]
    ai_persona: Annotated[str, Field(examples=["A calm shoe expert."])]
    ai_business_context: Annotated[str, Field(examples=[""])]
    ai_signature: Annotated[str, Field(examples=[""])]
    ai_auto_signature: Annotated[str, Field(examples=[""])]
    ai_api_key_set: Annotated[bool, Field(description="Whether a key is stored.", examples=[True])]
