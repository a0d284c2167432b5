"""Background jobs of the v1 API: the deliveries of the outbox, under the vendor's words."""

from tickiti_cli.contract.endpoint import MOST_ROWS
from tickiti_cli.contract.v1 import supervisor as contract
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.supervisor.bodies.jobs import (
    FailedJob,
    Jobs,
    JobsChanged,
    NameJobs,
    QueuedJob,
)
from tickiti_server.clock import rfc3339
from tickiti_server.store.interface import Row
from tickiti_server.store.supervision import jobs as stored

QUEUES = {"email": "mail", "callback": "callbacks"}
"""The queue of a job, by the kind of the delivery."""


@handles(contract.jobs_index)
def index(call: Call) -> Jobs:
    """List the mail and webhooks that wait or have failed."""
    return {
        "queued": [_queued(row) for row in stored.list_waiting(call.tx, limit=MOST_ROWS)],
        "failed": [_failed(row) for row in stored.list_failed(call.tx, limit=MOST_ROWS)],
    }


@handles(contract.jobs_retry)
def retry(call: Call, body: NameJobs) -> JobsChanged:
    """Retry failed jobs from the start of their schedule."""
    rows = stored.list_failed_among(call.tx, body.job_ids)
    for row in rows:
        stored.release(call.tx, row, now=call.now)
    return {"ok": True, "count": len(rows)}


@handles(contract.jobs_delete)
def delete(call: Call, body: NameJobs) -> JobsChanged:
    """Delete failed jobs. Waiting jobs are not deleted."""
    rows = stored.list_failed_among(call.tx, body.job_ids)
    for row in rows:
        stored.delete(call.tx, row)
    return {"ok": True, "count": len(rows)}


def name_of(row: Row) -> str:
    """The name of a job: its kind of delivery, and the receiver."""
    return f"{row['kind']} to {row['target']}"


def _queued(row: Row) -> QueuedJob:
    return {
        "id": row["id"],
        "queue": QUEUES[row["kind"]],
        "name": name_of(row),
        "attempts": row["attempts"],
        "created_at": rfc3339(row["created_at"]),
        "next_at": rfc3339(row["next_at"]),
    }


def _failed(row: Row) -> FailedJob:
    return {
        "id": row["id"],
        "queue": QUEUES[row["kind"]],
        "name": name_of(row),
        "attempts": row["attempts"],
        "failed_at": rfc3339(row["failed_at"]),
        "error": row["last_error"],
    }
