"""v1 axial: skills of the vendor's assistant.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class AxialSkillsActions(Group):
    """`client.axial.skills.actions`."""

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.DeleteAction]
    ) -> types.SkillShown:
        """Delete an action of a skill. Deleting what does not exist succeeds.

        Example::

            client.axial.skills.actions.delete(skill="returns", name="find_order")
        """
        return self._call("axial.skills.actions.delete", body, key=idempotency_key)

    def upsert(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpsertAction]
    ) -> types.SkillShown:
        """Add an action to a skill, or update an action.

        Example::

            client.axial.skills.actions.upsert(
                skill="returns",
                action={
                    "name": "find_order",
                    "description": "Finds the tickets of an order.",
                    "parameters": {"properties": {"order": {"type": "string"}}, "type": "object"},
                    "handler_type": "local",
                    "handler_ref": "tickets.search",
                    "permission": "staff",
                },
            )
        """
        return self._call("axial.skills.actions.upsert", body, key=idempotency_key)


class AxialSkills(Group):
    """`client.axial.skills`."""

    @cached_property
    def actions(self) -> AxialSkillsActions:
        return AxialSkillsActions(self._calls)

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateSkill]
    ) -> types.SkillShown:
        """Create a skill with its actions: all of them, or nothing.

        The bundled server stores skills and runs none.

        Example::

            client.axial.skills.create(
                key="returns",
                title="Returns",
                description="How customers send shoes back.",
                instructions="Name the label in the box.",
                triggers="A customer asks how to return a pair.",
                composition="guided",
                enabled=True,
                ordinal=0,
                actions=[
                    {
                        "name": "find_order",
                        "description": "Finds the tickets of an order.",
                        "parameters": {
                            "properties": {"order": {"type": "string"}},
                            "type": "object",
                        },
                        "handler_type": "local",
                        "handler_ref": "tickets.search",
                        "permission": "staff",
                    }
                ],
            )
        """
        return self._call("axial.skills.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindSkill]
    ) -> types.SkillDeleted:
        """Delete a skill and its actions. Its child skills are kept.

        Example::

            client.axial.skills.delete(skill="returns")
        """
        return self._call("axial.skills.delete", body, key=idempotency_key)

    def index(self) -> types.Skills:
        """List the skills by ordinal and key, without their instructions and actions.

        Example::

            client.axial.skills.index()
        """
        return self._call("axial.skills.index", {})

    def options(self) -> types.SkillOptions:
        """List the values that skills and actions accept.

        Example::

            client.axial.skills.options()
        """
        return self._call("axial.skills.options", {})

    def show(self, **body: Unpack[types.FindSkill]) -> types.SkillShown:
        """Show a skill with its instructions and actions.

        Example::

            client.axial.skills.show(skill="returns")
        """
        return self._call("axial.skills.show", body)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateSkill]
    ) -> types.SkillShown:
        """Update a skill. Omitted fields stay as they are.

        Example::

            client.axial.skills.update(
                skill="returns",
                key="returns",
                title="Returns",
                description="How customers send shoes back.",
                instructions="Name the label in the box.",
                triggers="A customer asks how to return a pair.",
                composition="guided",
                enabled=True,
                ordinal=0,
            )
        """
        return self._call("axial.skills.update", body, key=idempotency_key)


class Axial(Group):
    """`client.axial`."""

    @cached_property
    def skills(self) -> AxialSkills:
        return AxialSkills(self._calls)
