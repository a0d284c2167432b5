"""The workflow, reports and supervisor families."""

import re

from tests.server.api.every_route.route import Route, done
from tests.server.api.every_route.shapes import ADDRESS, DAY, ID, TIME, Each, Maybe
from tests.support import stage

QUEUE = {
    "id": ID, "name": str, "ticket_count": int, "outgoing_mailbox_id": Maybe(ID),
    "built_in": bool, "track_resolutions": bool, "is_parked": bool, "release_queue_id": Maybe(ID),
    "content_type": Maybe(str),
}  # fmt: skip
RESOLUTION = {
    "id": ID, "name": str, "colour": re.compile("#[0-9a-f]{6}"), "position": int,
    "selectable": bool,
}  # fmt: skip
INTERVENTION = {
    "id": ID, "name": str, "title": str, "queue_id": ID, "queue_name": str,
    "notify_inbox_managers": bool, "create_urgent": bool, "remote_timeout_seconds": int,
    "remote_enabled": bool, "remote_epilog_url": Maybe(str), "remote_name": Maybe(str),
    "remote_disabled_reason": Maybe(str),
    "fields": Each({"type": str, "name": str, "label": str}, 0),
}  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOURS = {
    "mode": {"simple", "per_day", "always"}, "simple_start": int, "simple_end": int,
    **{f"{day}_enabled": bool for day in DAYS},
    **{f"{day}_{end}": int for day in DAYS for end in ("start", "end")},
}  # fmt: skip

WORKFLOW = {
    "workflow.queues.index": Route({}, {"queues": Each(QUEUE, 3)}),
    "workflow.queues.create": Route(
        {"name": "Warranty", "track_resolutions": True, "content_type": "text/html"},
        done(queue_id=ID),
    ),
    "workflow.queues.update": Route(
        {"queue_id": 1, "is_parked": True, "release_queue_id": 1}, done(), stage.a_queue
    ),
    "workflow.queues.delete": Route({"queue_id": 1}, done(), stage.a_queue),
    "workflow.queues.move": Route(
        {"from_queue_id": 1, "to_queue_id": 1}, done(), stage.a_queue
    ),
    "workflow.resolutions.index": Route({}, Each(RESOLUTION), stage.a_resolution),
    "workflow.resolutions.create": Route({"name": "Repaired", "colour": "#2e7d32"}, done(id=ID)),
    "workflow.resolutions.update": Route({"id": 1, "colour": "#1565c0"}, done()),
    "workflow.resolutions.delete": Route({"id": 1}, done(), stage.a_resolution),
    "workflow.resolutions.reorder": Route({"ids": [1]}, done()),
    "workflow.interventions.index": Route(
        {}, {"interventions": Each(INTERVENTION)}, stage.an_intervention
    ),
    "workflow.interventions.create": Route(
        {"name": "refund_request", "title": "Refund", "queue_name": "Inbox",
         "remote_timeout_seconds": 5,
         "fields": [{"type": "number", "name": "price", "label": "Price of {{sku}}"}]},
        done(intervention_id=ID),
    ),
    "workflow.interventions.update": Route({"intervention_id": 1, "create_urgent": True}, done()),
    "workflow.interventions.delete": Route(
        {"intervention_id": 1}, done(), stage.an_intervention
    ),
    "workflow.interventions.generate_token": Route(
        {"intervention_id": 1, "remote_name": "shop"}, {"token": str}
    ),
    "workflow.escalations.index": Route(
        {},
        {
            "escalations": Each(
                {"id": ID, "minutes": int, "action": {"notify", "email"}, "email": Maybe(str),
                 "repeat_minutes": Maybe(int)}
            ),
            "business_hours": HOURS,
        },
        stage.an_escalation,
    ),
    "workflow.escalations.create": Route(
        {"minutes": 240, "action": "email", "email": "anna@sole-trader.example",
         "repeat_minutes": 480},
        done(id=ID),
    ),
    "workflow.escalations.update": Route({"id": 1, "minutes": 120}, done()),
    "workflow.escalations.delete": Route({"id": 1}, done(), stage.an_escalation),
    "workflow.business_hours.update": Route(
        {"mode": "simple", **{f"{day}_enabled": day not in ("sat", "sun") for day in DAYS},
         "simple_start": 540, "simple_end": 1020},
        done(),
    ),
}  # fmt: skip

SPAN = {"date_from": "2026-05-01", "date_to": "2026-05-31"}
REPORTED = {"date_from": DAY, "date_to": DAY}
LATEST = {"group_by": "month", "queue_id": [1, 2, 3]}
"""The last thirty days, in which the fresh server was filled."""

REPORTS = {
    "reports.meta": Route(
        {}, {"queues": Each({"id": ID, "name": str}, 3), "group_by": ["day", "week", "month"]}
    ),
    "reports.volumes": Route(
        SPAN,
        {**SPAN, "group_by": "day",
         "rows": Each({"period": DAY, "created": 0, "closed": 0, "responses": 0}, 31)},
    ),
    "reports.response_times": Route(
        LATEST,
        {**REPORTED, "group_by": "month", "rows": Each(
            {"period": str, "tickets": int, "answered": int,
             "first_response_minutes_median": Maybe(int | float),
             "first_response_minutes_mean": Maybe(int | float)}
        )},
    ),
    "reports.resolutions": Route(
        {"queue_id": 1},
        {**REPORTED, "rows": Each({"resolution_id": Maybe(ID), "name": Maybe(str),
                                   "tickets": int})},
        stage.a_closed_ticket,
    ),
    "reports.agent_activity": Route(
        {},
        {**REPORTED, "rows": Each(
            {"user_id": ID, "name": Maybe(str), "email": ADDRESS, "responses": int, "notes": int,
             "tickets": int, "closed": int}
        )},
        stage.a_closed_ticket,
    ),
}  # fmt: skip

JOB = {"id": str, "queue": {"mail", "callbacks"}, "name": str, "attempts": int}
DIAGNOSTICS = ("request_log", "profiling", "remote_diagnostics")
QUALITY = {"ok", "warning", "critical"}

SUPERVISOR = {
    "supervisor.jobs.index": Route(
        {},
        {
            "queued": Each({**JOB, "created_at": TIME, "next_at": Maybe(TIME)}, 0),
            "failed": Each({**JOB, "failed_at": Maybe(TIME), "error": Maybe(str)}),
        },
        stage.a_failed_mail,
    ),
    "supervisor.jobs.retry": Route({"job_ids": ["x"]}, done(count=1), stage.a_failed_mail),
    "supervisor.jobs.delete": Route({"job_ids": ["x"]}, done(count=1), stage.a_failed_mail),
    "supervisor.health.status": Route(
        {}, {"status": QUALITY, "checks": Each({"name": str, "status": QUALITY, "message": str})}
    ),
    "supervisor.health.manage": Route(
        {},
        {
            "disks": Each({"id": ID, "root_path": str, "min_free_space": int | float,
                           "warn_free_space": int | float}),
            "exceptions": Each({"id": ID, "pattern": str, "description": str}),
        },
        stage.a_health_setting,
    ),
    "supervisor.health.disk_store": Route(
        {"root_path": "/", "min_free_space": 0.5, "warn_free_space": 1}, done(id=ID)
    ),
    "supervisor.health.disk_delete": Route({"id": 1}, done(), stage.a_disk),
    "supervisor.health.exception_store": Route(
        {"pattern": "*mailbox is full*", "description": "Customers clear it up."}, done(id=ID)
    ),
    "supervisor.health.exception_delete": Route({"id": 1}, done(), stage.a_health_exception),
    "supervisor.super_tasks.fetch": Route(
        {},
        {
            "tasks": Each({"id": str, "name": str, "schedule": str, "enabled": bool,
                           "last_run_at": Maybe(TIME), "next_run_at": Maybe(TIME)}),
            "settings": {}, "templates": [],
        },
    ),
    "supervisor.diagnostics": Route({}, {"options": dict.fromkeys(DIAGNOSTICS, bool)}),
}  # fmt: skip
