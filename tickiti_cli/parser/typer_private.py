"""The names that typer keeps private, because it vendors click.

Rule: no other module names `typer._*`, so that a new typer is a change of this file.
"""

from typer._click.globals import get_current_context
from typer._click.types import FloatParamType, FloatRange, IntParamType, IntRange, StringParamType
from typer._types import TyperChoice
from typer.models import TyperPath

__all__ = [
    "FloatParamType", "FloatRange", "IntParamType", "IntRange", "StringParamType", "TyperChoice",
    "TyperPath", "get_current_context",
]  # fmt: skip
