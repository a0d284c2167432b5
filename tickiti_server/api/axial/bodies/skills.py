"""The shapes of skills and their actions: bodies and replies."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic.json_schema import SkipJsonSchema
from typing_extensions import TypedDict

from tickiti_server.validation.fields import (
    MOST_LINE,
    Body,
    Flag,
    Integer,
    Item,
    Line,
    Text,
    is_absent,
    trimmed,
    wrong,
)
from tickiti_server.validation.json_schema import Written

MOST_KEY = 100
MOST_DESCRIPTION = 10_000
MOST_INSTRUCTIONS = 100_000
MOST_TIMEOUT = 600_000

HANDLERS = ("tickets.search", "tickets.show", "faqs.search")
"""The local handlers that an action may name. The bundled server runs none of them."""

PERMISSIONS = ("staff", "participant", "system")
COMPOSITIONS = ("vetted", "guided", "open")

_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise wrong("must be lower-case words with dots or underscores, such as returns.labels")
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise wrong("must be a lower-case identifier, such as find_order")
    return text


def _skill(value: object) -> str:
    """A key, an id or the digits of an id, as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not trimmed(value).isprintable():
        raise wrong("must be a skill's key or its id")
    return trimmed(value)


def _present(text: str) -> str:
    if not text:
        raise wrong("is required")
    return text


SkillName = Annotated[
    str,
    BeforeValidator(_skill),
    Written(type=["integer", "string"]),
    Field(max_length=MOST_LINE, description="The skill's key, or its id.", examples=["returns"]),
]
Key = Annotated[
    Line,
    Field(max_length=MOST_KEY, description="Its unique name.", examples=["returns"]),
    AfterValidator(_key),
]
Title = Annotated[Line, Field(description="One line.", examples=["Returns"])]
Description = Annotated[
    Text,
    Field(
        max_length=MOST_DESCRIPTION,
        description="Purpose of the skill.",
        examples=["How customers send shoes back."],
    ),
]
Instructions = Annotated[
    Text,
    Field(
        max_length=MOST_INSTRUCTIONS,
        description="Markdown; an update replaces the whole text.",
        examples=["Name the label in the box."],
    ),
]
Triggers = Annotated[
    Text,
    Field(
        max_length=MOST_DESCRIPTION,
        description="When the assistant uses the skill.",
        examples=["A customer asks how to return a pair."],
    ),
]
CompositionWord = Literal["vetted", "guided", "open"]
Composition = Annotated[
    CompositionWord,
    Field(description="How freely the assistant may write.", examples=["guided"]),
]
Citations = Annotated[
    list[Item],
    Field(max_length=100, description="Identifiers of stock responses that the skill may cite."),
]
Enabled = Annotated[Flag, Field(description="False: disabled.", examples=[True])]
Ordinal = Annotated[Integer, Field(description="Sort order, lowest first.", examples=[0])]
Parent = Annotated[Line, Field(description="Key of the parent skill.")]


class ActionBody(Body):
    """An action of a skill. A new one needs a description, handler_type, handler_ref, permission.

    Members left out stay as they are.
    """

    name: Annotated[
        Line,
        AfterValidator(_name),
        Field(description="A lower-case identifier, unique in its skill.", examples=["find_order"]),
    ]
    description: Annotated[
        Text | None,
        Field(
            max_length=MOST_DESCRIPTION,
            description="What the action does.",
            examples=["Finds the tickets of an order."],
        ),
    ] = None
    parameters: Annotated[
        dict[str, Any] | None,
        Field(
            description="The JSON Schema of its parameters.",
            examples=[{"type": "object", "properties": {"order": {"type": "string"}}}],
        ),
    ] = None
    handler_type: Annotated[
        Literal["local", "remote"] | None,
        Field(description="Where it runs.", examples=["local"]),
    ] = None
    handler_ref: Annotated[
        Line | None,
        Field(
            description="A local handler that axial/skills/options names, or a remote one.",
            examples=["tickets.search"],
        ),
    ] = None
    permission: Annotated[
        Literal["staff", "participant", "system"] | None,
        Field(description="Who may use the action.", examples=["staff"]),
    ] = None
    requires_confirmation: Annotated[
        Flag | None, Field(description="Whether a person must approve each run.")
    ] = None
    enabled: Annotated[Flag | None, Field(description="False: disabled.")] = None
    ordinal: Annotated[Integer | None, Field(description="Sort order in the skill.")] = None
    timeout_ms: Annotated[
        Integer | None,
        Field(ge=1, le=MOST_TIMEOUT, description="For remote handlers only."),
    ] = None
    prefetch: Annotated[
        Flag | None, Field(description="Whether the action runs before the assistant writes.")
    ] = None
    prefetch_params: Annotated[
        dict[str, Any] | None, Field(description="Parameters of that run.")
    ] = None


class CreateSkill(Body):
    key: Key
    title: Title
    description: Description
    instructions: Instructions
    triggers: Triggers = ""
    composition: Composition = "vetted"
    citation_set: Citations = Field(default_factory=list)
    enabled: Enabled = True
    ordinal: Ordinal = 0
    parent_key: Parent | None = None
    actions: Annotated[list[ActionBody], Field(max_length=100, description="Its actions.")] = Field(
        default_factory=list
    )


class UpdateSkill(Body):
    """Members that are left out keep their values; null or "" removes the parent, "" the
    triggers."""

    CLEARS = frozenset({"parent_key", "triggers"})

    skill: SkillName
    key: Key | None = None
    title: Annotated[Title, AfterValidator(_present)] | None = None
    description: Annotated[Description, AfterValidator(_present)] | None = None
    instructions: Annotated[Instructions, AfterValidator(_present)] | None = None
    triggers: Triggers | None = None
    composition: Composition | None = None
    citation_set: Citations | None = None
    enabled: Enabled | None = None
    ordinal: Ordinal | None = None
    parent_key: Parent | None = None
    leaves_parent: SkipJsonSchema[bool] = False

    @model_validator(mode="before")
    @classmethod
    def _drop_absent(cls, members: Any) -> Any:
        if not isinstance(members, dict):
            return members
        kept = {"triggers"} if isinstance(members.get("triggers"), str) else set()
        given = {
            name: value for name, value in members.items() if name in kept or not is_absent(value)
        }
        return {**given, "leaves_parent": is_absent(members.get("parent_key", "."))}


class FindSkill(Body):
    skill: SkillName


class UpsertAction(Body):
    skill: SkillName
    action: Annotated[ActionBody, Field(description="The action, known by its name.")]


class DeleteAction(Body):
    skill: SkillName
    name: Annotated[Line, Field(description="The action's name.", examples=["find_order"])]


class Action(TypedDict):
    name: Annotated[str, Field(examples=["find_order"])]
    description: Annotated[str, Field(examples=["Finds the tickets of an order."])]
    parameters: Annotated[dict[str, Any], Field(examples=[{"type": "object"}])]
    handler_type: Annotated[str, Field(examples=["local"])]
    handler_ref: Annotated[str, Field(examples=["tickets.search"])]
    permission: Annotated[str, Field(examples=["staff"])]
    requires_confirmation: Annotated[bool, Field(examples=[False])]
    enabled: Annotated[bool, Field(examples=[True])]
    ordinal: Annotated[int, Field(examples=[0])]
    timeout_ms: Annotated[int | None, Field(examples=[None])]
    prefetch: Annotated[bool, Field(examples=[False])]
    prefetch_params: Annotated[dict[str, Any], Field(examples=[{}])]


class SkillMembers(TypedDict):
    id: Annotated[str, Field(examples=["2"])]
    key: Annotated[str, Field(examples=["returns"])]
    title: Annotated[str, Field(examples=["Returns"])]
    description: Annotated[str, Field(examples=["How customers send shoes back."])]
    triggers: Annotated[str, Field(examples=["A customer asks how to return a pair."])]
    composition: Annotated[str, Field(examples=["guided"])]
    citation_set: Annotated[list[str], Field(examples=[["returns.label"]])]
    enabled: Annotated[bool, Field(examples=[True])]
    reserved: Annotated[bool, Field(description="True: cannot be deleted.", examples=[False])]
    ordinal: Annotated[int, Field(examples=[0])]
    parent_key: Annotated[str | None, Field(examples=[None])]


class SkillRow(SkillMembers):
    action_count: Annotated[int, Field(examples=[1])]


class Skill(SkillMembers):
    instructions: Annotated[str, Field(examples=["Name the label in the box."])]
    actions: list[Action]


class Skills(TypedDict):
    skills: list[SkillRow]


class SkillShown(TypedDict):
    skill: Skill


class SkillDeleted(TypedDict):
    deleted: Annotated[bool, Field(examples=[True])]


class SkillOptions(TypedDict):
    handlers: Annotated[list[str], Field(examples=[[*HANDLERS]])]
    permissions: Annotated[list[str], Field(examples=[[*PERMISSIONS]])]
    compositions: Annotated[list[str], Field(examples=[[*COMPOSITIONS]])]
    skill_fields: Annotated[list[str], Field(examples=[["key", "title"]])]
    action_fields: Annotated[list[str], Field(examples=[["name", "description"]])]
