"""v1 supervisor: the install's health and background jobs."""

from tickiti_cli.contract.endpoint import Ability, Role
from tickiti_cli.contract.v1.family import Family

FAMILY = Family(
    name="supervisor",
    role=Role.SUPERUSER,
    read_ability=Ability.SUPERVISOR_READ,
    write_ability=Ability.SUPERVISOR_WRITE,
)

diagnostics = FAMILY.read("diagnostics", "supervisor/diagnostics", served=True)
health_disk_delete = FAMILY.write(
    "health.disk_delete", "supervisor/health/disk/delete", served=True
)
health_disk_store = FAMILY.write("health.disk_store", "supervisor/health/disk/store", served=True)
health_exception_delete = FAMILY.write(
    "health.exception_delete", "supervisor/health/exception/delete", served=True
)
health_exception_store = FAMILY.write(
    "health.exception_store", "supervisor/health/exception/store", served=True
)
health_manage = FAMILY.read("health.manage", "supervisor/health/manage", served=True)
health_status = FAMILY.read("health.status", "supervisor/health", served=True)
jobs_delete = FAMILY.write("jobs.delete", "supervisor/jobs/delete", served=True)
jobs_index = FAMILY.read("jobs.index", "supervisor/jobs", served=True)
jobs_retry = FAMILY.write("jobs.retry", "supervisor/jobs/retry", served=True)
super_tasks_fetch = FAMILY.read("super_tasks.fetch", "supervisor/super-tasks", served=True)

ROWS = (
    diagnostics,
    health_disk_delete,
    health_disk_store,
    health_exception_delete,
    health_exception_store,
    health_manage,
    health_status,
    jobs_delete,
    jobs_index,
    jobs_retry,
    super_tasks_fetch,
)
