"""v1 reports: volumes, response times, resolutions and activity in a range of days."""

from tickiti_cli.contract.endpoint import Ability, Plan, Role
from tickiti_cli.contract.v1.family import Family

FAMILY = Family(
    name="reports",
    role=Role.ADMIN,
    read_ability=Ability.REPORTS_READ,
    defaults={"served": True},
)

agent_activity = FAMILY.read("agent_activity", "reports/agent-activity", plans=(Plan.REPORTS,))
meta = FAMILY.read("meta", "reports/meta", plans=(Plan.REPORTS,))
resolutions = FAMILY.read("resolutions", "reports/resolutions", plans=(Plan.REPORTS,))
response_times = FAMILY.read("response_times", "reports/response-times", plans=(Plan.REPORTS,))
volumes = FAMILY.read("volumes", "reports/volumes", plans=(Plan.REPORTS,))

ROWS = (
    agent_activity,
    meta,
    resolutions,
    response_times,
    volumes,
)
