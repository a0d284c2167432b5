"""The shapes of the server's periodic tasks and diagnostics: replies."""

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from tickiti_server.validation.json_schema import Time


class SuperTask(TypedDict):
    id: Annotated[str, Field(examples=["purge"])]
    name: Annotated[str, Field(examples=["Delete old stored replies"])]
    schedule: Annotated[str, Field(examples=["every minute"])]
    enabled: Annotated[bool, Field(examples=[True])]
    last_run_at: Annotated[
        Time | None, Field(description="null: it has not run since the server started.")
    ]
    next_run_at: Annotated[
        Time | None, Field(description="null: it has no fixed time, or has not run yet.")
    ]


class SuperTasks(TypedDict):
    tasks: list[SuperTask]
    settings: Annotated[dict[str, Any], Field(description="Empty.", examples=[{}])]
    templates: Annotated[list[Any], Field(description="Empty.", examples=[[]])]


class DiagnosticOptions(TypedDict):
    options: Annotated[
        dict[str, bool],
        Field(description="What is recorded.", examples=[{"request_log": True}]),
    ]
