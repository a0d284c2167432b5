"""v1 supervisor: the install's health and background jobs.

Generated: `python -m tickiti_server.documentation.python_client`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Unpack

from tickiti_cli.python.group import Group

if TYPE_CHECKING:
    from tickiti_cli.python import types


class SupervisorHealth(Group):
    """`client.supervisor.health`."""

    def disk_delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindById]
    ) -> types.Done:
        """Stop watching a disk. Deleting an unknown one succeeds.

        Example::

            client.supervisor.health.disk_delete(id=1)
        """
        return self._call("supervisor.health.disk_delete", body, key=idempotency_key)

    def disk_store(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.StoreDisk]
    ) -> types.Created:
        """Watch the free space of a disk, or change how a disk is watched.

        Example::

            client.supervisor.health.disk_store(
                root_path="/", min_free_space=0.5, warn_free_space=1
            )
        """
        return self._call("supervisor.health.disk_store", body, key=idempotency_key)

    def exception_delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.FindById]
    ) -> types.Done:
        """Delete a pattern of ignored failed jobs. Deleting an unknown one succeeds.

        Example::

            client.supervisor.health.exception_delete(id=1)
        """
        return self._call("supervisor.health.exception_delete", body, key=idempotency_key)

    def exception_store(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.StoreException]
    ) -> types.Created:
        """Ignore failed jobs that match a pattern, or change such a pattern.

        Example::

            client.supervisor.health.exception_store(
                pattern="*mailbox is full*", description="Customers clear it up."
            )
        """
        return self._call("supervisor.health.exception_store", body, key=idempotency_key)

    def manage(self) -> types.HealthSettings:
        """List the watched disks, and the patterns of ignored failed jobs.

        Example::

            client.supervisor.health.manage()
        """
        return self._call("supervisor.health.manage", {})

    def status(self) -> types.InstallHealth:
        """Check the database, the free space of the stored disks, and the failed jobs.

        Example::

            client.supervisor.health.status()
        """
        return self._call("supervisor.health.status", {})


class SupervisorJobs(Group):
    """`client.supervisor.jobs`."""

    def delete(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.NameJobs]
    ) -> types.JobsChanged:
        """Delete failed jobs. Waiting jobs are not deleted.

        Example::

            client.supervisor.jobs.delete(job_ids=["mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"])
        """
        return self._call("supervisor.jobs.delete", body, key=idempotency_key)

    def index(self) -> types.Jobs:
        """List the mail and webhooks that wait or have failed.

        Example::

            client.supervisor.jobs.index()
        """
        return self._call("supervisor.jobs.index", {})

    def retry(
        self, *, idempotency_key: str | None = None, **body: Unpack[types.NameJobs]
    ) -> types.JobsChanged:
        """Retry failed jobs from the start of their schedule.

        Example::

            client.supervisor.jobs.retry(job_ids=["mail_Vn3wJ0dRkq5xZb8LtYc2Hs7PgMf4Ue1A"])
        """
        return self._call("supervisor.jobs.retry", body, key=idempotency_key)


class SupervisorSuperTasks(Group):
    """`client.supervisor.super_tasks`."""

    def fetch(self) -> types.SuperTasks:
        """List the server's own periodic tasks. They cannot be changed.

        Example::

            client.supervisor.super_tasks.fetch()
        """
        return self._call("supervisor.super_tasks.fetch", {})


class Supervisor(Group):
    """`client.supervisor`."""

    @cached_property
    def health(self) -> SupervisorHealth:
        return SupervisorHealth(self._calls)

    @cached_property
    def jobs(self) -> SupervisorJobs:
        return SupervisorJobs(self._calls)

    @cached_property
    def super_tasks(self) -> SupervisorSuperTasks:
        return SupervisorSuperTasks(self._calls)

    def diagnostics(self) -> types.DiagnosticOptions:
        """List the server's diagnostic records.

        Example::

            client.supervisor.diagnostics()
        """
        return self._call("supervisor.diagnostics", {})
