"""v1 workflow: queues, interventions, escalations, business hours and resolution categories.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class WorkflowBusinessHours(Group):
    """`client.workflow.business_hours`."""

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateBusinessHours]
    ) -> types.Done:
        """Update the business hours.

        Example::

            client.workflow.business_hours.update(
                mode="simple",
                mon_enabled=True,
                tue_enabled=True,
                wed_enabled=True,
                thu_enabled=True,
                fri_enabled=True,
                sat_enabled=True,
                sun_enabled=True,
                simple_start=540,
                simple_end=1020,
                mon_start=540,
                mon_end=1020,
                tue_start=540,
                tue_end=1020,
                wed_start=540,
                wed_end=1020,
                thu_start=540,
                thu_end=1020,
                fri_start=540,
                fri_end=1020,
                sat_start=540,
                sat_end=1020,
                sun_start=540,
                sun_end=1020,
            )
        """
        return self._call("workflow.business_hours.update", body, key=idempotency_key)


class WorkflowEscalations(Group):
    """`client.workflow.escalations`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateEscalation]
    ) -> types.Created:
        """Create an escalation rule. It is stored; the bundled server escalates nothing.

        Example::

            client.workflow.escalations.create(
                minutes=240, action="email", email="anna@sole-trader.example", repeat_minutes=480
            )
        """
        return self._call("workflow.escalations.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindById]
    ) -> types.Done:
        """Delete an escalation rule. Deleting what does not exist succeeds.

        Example::

            client.workflow.escalations.delete(id=2)
        """
        return self._call("workflow.escalations.delete", body, key=idempotency_key)

    def index(self) -> types.Escalations:
        """List the escalation rules, shortest wait first, and the business hours.

        The rules are stored; the bundled server escalates nothing.

        Example::

            client.workflow.escalations.index()
        """
        return self._call("workflow.escalations.index", {})

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateEscalation]
    ) -> types.Done:
        """Change an escalation rule.

        Example::

            client.workflow.escalations.update(
                id=1,
                minutes=240,
                action="email",
                email="anna@sole-trader.example",
                repeat_minutes=480,
            )
        """
        return self._call("workflow.escalations.update", body, key=idempotency_key)


class WorkflowInterventions(Group):
    """`client.workflow.interventions`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateIntervention]
    ) -> types.InterventionCreated:
        """Create an intervention.

        Its tickets start with the templates `<name>.private`, which must exist, and
        `<name>.public`; `<name>.final` is posted when the other system has accepted the
        decision.

        Example::

            client.workflow.interventions.create(
                name="discount_request",
                title="Discount request",
                queue_name="Inbox",
                notify_inbox_managers=False,
                create_urgent=False,
                remote_timeout_seconds=10,
                remote_enabled=True,
                remote_epilog_url="https://shop.trailblazers-club.example/decided",
                fields=[{"type": "number", "name": "price", "label": "Price for {{customer}}"}],
            )
        """
        return self._call("workflow.interventions.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindIntervention]
    ) -> types.Done:
        """Delete an intervention without open requests or webhooks.

        Deleting an unknown one succeeds.

        Example::

            client.workflow.interventions.delete(intervention_id=1)
        """
        return self._call("workflow.interventions.delete", body, key=idempotency_key)

    def generate_token(self, **body: Unpack[types.GenerateToken]) -> types.GeneratedToken:
        """Create the secret that signs an intervention's webhooks; it is shown only once.

        The previous secret also signs for 24 hours.

        Example::

            client.workflow.interventions.generate_token(
                intervention_id=1, remote_name="shop of Trailblazers Club"
            )
        """
        return self._call("workflow.interventions.generate_token", body)

    def index(self) -> types.Interventions:
        """List the interventions, without their secrets.

        Example::

            client.workflow.interventions.index()
        """
        return self._call("workflow.interventions.index", {})

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateIntervention]
    ) -> types.Done:
        """Update an intervention. Its undelivered webhooks go to the new URL at once.

        Example::

            client.workflow.interventions.update(
                intervention_id=1,
                name="discount_request",
                title="Discount request",
                queue_name="Inbox",
                notify_inbox_managers=False,
                create_urgent=False,
                remote_timeout_seconds=10,
                remote_enabled=True,
                remote_epilog_url="https://shop.trailblazers-club.example/decided",
                fields=[{"type": "number", "name": "price", "label": "Price for {{customer}}"}],
            )
        """
        return self._call("workflow.interventions.update", body, key=idempotency_key)


class WorkflowQueues(Group):
    """`client.workflow.queues`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateQueue]
    ) -> types.QueueCreated:
        """Create a queue. Under the permissive model all staff get every right in the queue.

        Example::

            client.workflow.queues.create(
                name="Returns", track_resolutions=False, is_parked=False, content_type="text/html"
            )
        """
        return self._call("workflow.queues.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindQueue]
    ) -> types.Done:
        """Delete an empty queue; deleted tickets count.

        Deleting an unknown queue succeeds.

        Example::

            client.workflow.queues.delete(queue_id=4)
        """
        return self._call("workflow.queues.delete", body, key=idempotency_key)

    def index(self) -> types.Queues:
        """List the queues, the oldest first.

        Example::

            client.workflow.queues.index()
        """
        return self._call("workflow.queues.index", {})

    def move(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.MoveTickets]
    ) -> types.Done:
        """Move all tickets of a queue to another one, including deleted tickets.

        Example::

            client.workflow.queues.move(from_queue_id=3, to_queue_id=2)
        """
        return self._call("workflow.queues.move", body, key=idempotency_key)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateQueue]
    ) -> types.Done:
        """Rename a queue, or change its settings.

        Example::

            client.workflow.queues.update(
                queue_id=2,
                name="Sales",
                track_resolutions=False,
                is_parked=False,
                content_type="text/html",
            )
        """
        return self._call("workflow.queues.update", body, key=idempotency_key)


class WorkflowResolutions(Group):
    """`client.workflow.resolutions`."""

    def create(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.CreateResolution]
    ) -> types.Created:
        """Create a resolution category, at the end of the list.

        Example::

            client.workflow.resolutions.create(name="Refunded", colour="#2e7d32", selectable=True)
        """
        return self._call("workflow.resolutions.create", body, key=idempotency_key)

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindById]
    ) -> types.Done:
        """Delete an unused resolution category. Deleting an unknown one succeeds.

        Example::

            client.workflow.resolutions.delete(id=2)
        """
        return self._call("workflow.resolutions.delete", body, key=idempotency_key)

    def index(self) -> list[types.Resolution]:
        """List the resolution categories in their order.

        Example::

            client.workflow.resolutions.index()
        """
        return self._call("workflow.resolutions.index", {})

    def reorder(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.ReorderResolutions]
    ) -> types.Done:
        """Reorder the resolution categories; the list names each exactly once.

        Example::

            client.workflow.resolutions.reorder(ids=[1])
        """
        return self._call("workflow.resolutions.reorder", body, key=idempotency_key)

    def update(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.UpdateResolution]
    ) -> types.Done:
        """Change a resolution category, also for the tickets that have it.

        Example::

            client.workflow.resolutions.update(
                id=1, name="Refunded", colour="#2e7d32", selectable=True
            )
        """
        return self._call("workflow.resolutions.update", body, key=idempotency_key)


class Workflow(Group):
    """`client.workflow`."""

    @cached_property
    def business_hours(self) -> WorkflowBusinessHours:
        return WorkflowBusinessHours(self._calls)

    @cached_property
    def escalations(self) -> WorkflowEscalations:
        return WorkflowEscalations(self._calls)

    @cached_property
    def interventions(self) -> WorkflowInterventions:
        return WorkflowInterventions(self._calls)

    @cached_property
    def queues(self) -> WorkflowQueues:
        return WorkflowQueues(self._calls)

    @cached_property
    def resolutions(self) -> WorkflowResolutions:
        return WorkflowResolutions(self._calls)
