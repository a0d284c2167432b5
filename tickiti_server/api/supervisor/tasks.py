"""The server's own periodic tasks and its diagnostics in the v1 API. Both are read only."""

from tickiti_cli.contract.v1 import supervisor as contract
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.supervisor.bodies.tasks import DiagnosticOptions, SuperTask, SuperTasks
from tickiti_server.clock import rfc3339
from tickiti_server.logs.task_runs import TaskRun

TASKS = (
    ("deliver", "Deliver mail and callbacks", "at once, then by the schedule of each delivery"),
    ("purge", "Delete old stored replies", "every minute"),
    ("mail_purge", "Delete delivered mail behind its retention", "every minute"),
    ("closed_purge", "Delete the closed tickets that an admin had deleted", "every 2 seconds"),
    ("reopen", "Reopen tickets whose hold ends", "every 15 seconds"),
    ("uploads", "Forget files that nothing refers to", "every ten minutes"),
    ("backfill", "Store the plain text of responses", "after an upgrade"),
)
"""Id, name and schedule of each task."""


@handles(contract.super_tasks_fetch)
def super_tasks(call: Call) -> SuperTasks:
    """List the server's own periodic tasks. They cannot be changed."""
    tasks = [_task(*task, call.task_runs.get(task[0])) for task in TASKS]
    return {"tasks": tasks, "settings": {}, "templates": []}


@handles(contract.diagnostics)
def diagnostics(call: Call) -> DiagnosticOptions:  # noqa: ARG001 - every handler has a call
    """List the server's diagnostic records."""
    return {"options": {"request_log": True, "profiling": False, "remote_diagnostics": False}}


def _task(task_id: str, name: str, schedule: str, run: TaskRun | None) -> SuperTask:
    next_at = run.next_at if run is not None else None
    return {
        "id": task_id,
        "name": name,
        "schedule": schedule,
        "enabled": True,
        "last_run_at": rfc3339(run.ended_at) if run is not None else None,
        "next_run_at": rfc3339(next_at) if next_at is not None else None,
    }
