"""The health of the install in the v1 API: its database, its disks and its failed jobs."""

import fnmatch
import re

from tickiti_cli.contract.endpoint import MOST_ROWS
from tickiti_cli.contract.errors import ValidationFailed
from tickiti_cli.contract.v1 import supervisor as contract
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Created, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.supervisor import jobs
from tickiti_server.api.supervisor.bodies.health import (
    FindDisk,
    FindException,
    HealthCheck,
    HealthSettings,
    InstallHealth,
    Status,
    StoreDisk,
    StoreException,
)
from tickiti_server.api.supervisor.disks import Answer, Disks
from tickiti_server.store.interface import Row
from tickiti_server.store.supervision import health as stored
from tickiti_server.store.supervision import jobs as stored_jobs

GIB = 2**30

DISKS = Disks()
"""The disks of the whole server, so that a dead mount keeps one thread."""

_WORST_FIRST: tuple[Status, ...] = ("critical", "warning", "ok")


@handles(contract.health_status)
def status(call: Call) -> InstallHealth:
    """Check the database, the free space of the stored disks, and the failed jobs."""
    database: HealthCheck = {"name": "database", "status": "ok", "message": "It can be read."}
    rows = stored.list_disks(call.tx)
    free = DISKS.free_bytes([row["root_path"] for row in rows])
    disks = [_disk_check(row, free[row["root_path"]]) for row in rows]
    checks = [database, *disks, _outbox_check(call)]
    found = {check["status"] for check in checks}
    return {"status": next(word for word in _WORST_FIRST if word in found), "checks": checks}


@handles(contract.health_manage)
def manage(call: Call) -> HealthSettings:
    """List the watched disks, and the patterns of ignored failed jobs."""
    return {
        "disks": [
            {
                "id": str(row["id"]),
                "root_path": row["root_path"],
                "min_free_space": row["min_free_space"],
                "warn_free_space": row["warn_free_space"],
            }
            for row in stored.list_disks(call.tx)
        ],
        "exceptions": [
            {
                "id": str(row["id"]),
                "pattern": row["pattern"],
                "description": row["description"],
            }
            for row in stored.list_exceptions(call.tx)
        ],
    }


@handles(contract.health_disk_store)
def store_disk(call: Call, body: StoreDisk) -> Created:
    """Watch the free space of a disk, or change how a disk is watched."""
    if body.warn_free_space < body.min_free_space:
        sentence = "The warn_free_space field must not be below min_free_space."
        raise ValidationFailed.of("warn_free_space", sentence)
    same = stored.find_disk_by_path(call.tx, body.root_path)
    if body.id is not None and stored.find_disk(call.tx, body.id) is None:
        raise ValidationFailed.of("id", f"There is no disk {body.id}.")
    columns = body.model_dump(exclude={"id"})
    known = _id_to_change(body.id, same, field="root_path")
    if known is None:
        known = stored.insert_disk(call.tx, **columns)
    else:
        stored.update_disk(call.tx, known, **columns)
    return {"ok": True, "id": str(known)}


@handles(contract.health_disk_delete)
def delete_disk(call: Call, body: FindDisk) -> Done:
    """Stop watching a disk. Deleting an unknown one succeeds."""
    stored.delete_disk(call.tx, body.id)
    return DONE


@handles(contract.health_exception_store)
def store_exception(call: Call, body: StoreException) -> Created:
    """Ignore failed jobs that match a pattern, or change such a pattern."""
    same = stored.find_exception_by_pattern(call.tx, body.pattern)
    if body.id is not None and stored.find_exception(call.tx, body.id) is None:
        raise ValidationFailed.of("id", f"There is no exception {body.id}.")
    columns = body.model_dump(exclude={"id"})
    known = _id_to_change(body.id, same, field="pattern")
    if known is None:
        known = stored.insert_exception(call.tx, **columns)
    else:
        stored.update_exception(call.tx, known, **columns)
    return {"ok": True, "id": str(known)}


@handles(contract.health_exception_delete)
def delete_exception(call: Call, body: FindException) -> Done:
    """Delete a pattern of ignored failed jobs. Deleting an unknown one succeeds."""
    stored.delete_exception(call.tx, body.id)
    return DONE


def _id_to_change(given: int | None, same: Row | None, *, field: str) -> int | None:
    """The row that a request changes; None if the request creates one. Raises ValidationFailed
    where the path or the pattern belongs to another row."""
    if given is not None and same is not None and same["id"] != given:
        raise ValidationFailed.of(field, f"The {field} field is taken by the id {same['id']}.")
    if given is None and same is not None:
        return int(same["id"])
    return given


def _disk_check(row: Row, answer: Answer) -> HealthCheck:
    name = f"disk {row['root_path']}"
    if not isinstance(answer, int):
        why = answer.strerror if answer is not None else "the disk does not answer"
        reason = f"Its free space is unknown: {why}."
        return {"name": name, "status": "critical", "message": reason}
    free = answer / GIB
    verdict: Status = "ok"
    if free < row["warn_free_space"]:
        verdict = "warning"
    if free < row["min_free_space"]:
        verdict = "critical"
    return {"name": name, "status": verdict, "message": f"{free:.1f} GiB are free."}


def _outbox_check(call: Call) -> HealthCheck:
    patterns = [_compiled(row["pattern"]) for row in stored.list_exceptions(call.tx)]
    failed = [
        row
        for row in stored_jobs.list_failed(call.tx, limit=MOST_ROWS)
        if not any(
            pattern.fullmatch(text)
            for pattern in patterns
            for text in (jobs.name_of(row), row["last_error"] or "")
        )
    ]
    if not failed:
        return {"name": "outbox", "status": "ok", "message": "No job failed."}
    many = "1 job" if len(failed) == 1 else f"{len(failed)} jobs"
    return {"name": "outbox", "status": "warning", "message": f"{many} failed."}


def _compiled(pattern: str) -> re.Pattern[str]:
    """A pattern as an expression, in which only `*` is special. `fnmatch` writes expressions that
    never backtrack over a `*`, so that no pattern is slow."""
    literal = pattern.replace("[", "[[]").replace("?", "[?]")
    return re.compile(fnmatch.translate(literal), re.IGNORECASE)
