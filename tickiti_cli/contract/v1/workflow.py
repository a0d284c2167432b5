"""v1 workflow: queues, interventions, escalations, business hours and resolution categories."""

from tickiti_cli.contract.endpoint import Ability, Key, Plan, Role
from tickiti_cli.contract.v1.family import Family

FAMILY = Family(
    name="workflow",
    role=Role.ADMIN,
    read_ability=Ability.WORKFLOW_READ,
    write_ability=Ability.WORKFLOW_WRITE,
)

business_hours_update = FAMILY.write(
    "business_hours.update",
    "workflow/business-hours/update",
    plans=(Plan.ESCALATIONS,),
    served=True,
)
escalations_create = FAMILY.write(
    "escalations.create", "workflow/escalations/create", plans=(Plan.ESCALATIONS,), served=True
)
escalations_delete = FAMILY.write(
    "escalations.delete", "workflow/escalations/delete", plans=(Plan.ESCALATIONS,), served=True
)
escalations_index = FAMILY.read(
    "escalations.index", "workflow/escalations", plans=(Plan.ESCALATIONS,), served=True
)
escalations_update = FAMILY.write(
    "escalations.update", "workflow/escalations/update", plans=(Plan.ESCALATIONS,), served=True
)
interventions_create = FAMILY.write(
    "interventions.create",
    "workflow/interventions/create",
    plans=(Plan.INTERVENTIONS,),
    served=True,
)
interventions_delete = FAMILY.write(
    "interventions.delete",
    "workflow/interventions/delete",
    plans=(Plan.INTERVENTIONS,),
    served=True,
)
interventions_generate_token = FAMILY.write(
    "interventions.generate_token",
    "workflow/interventions/generate-token",
    plans=(Plan.INTERVENTIONS,),
    key=Key.NONE,
    served=True,
)
"""The reply shows a secret, so that a key is ignored."""
interventions_index = FAMILY.read(
    "interventions.index", "workflow/interventions", plans=(Plan.INTERVENTIONS,), served=True
)
interventions_update = FAMILY.write(
    "interventions.update",
    "workflow/interventions/update",
    plans=(Plan.INTERVENTIONS,),
    served=True,
)
queues_create = FAMILY.write("queues.create", "workflow/queues/create", served=True)
queues_delete = FAMILY.write("queues.delete", "workflow/queues/delete", served=True)
queues_index = FAMILY.read("queues.index", "workflow/queues", served=True)
queues_move = FAMILY.write("queues.move", "workflow/queues/move", served=True)
queues_update = FAMILY.write("queues.update", "workflow/queues/update", served=True)
resolutions_create = FAMILY.write(
    "resolutions.create",
    "workflow/resolution-categories/create",
    plans=(Plan.RESOLUTION_TRACKING,),
    served=True,
)
resolutions_delete = FAMILY.write(
    "resolutions.delete",
    "workflow/resolution-categories/delete",
    plans=(Plan.RESOLUTION_TRACKING,),
    served=True,
)
resolutions_index = FAMILY.read(
    "resolutions.index",
    "workflow/resolution-categories",
    plans=(Plan.RESOLUTION_TRACKING,),
    served=True,
)
resolutions_reorder = FAMILY.write(
    "resolutions.reorder",
    "workflow/resolution-categories/reorder",
    plans=(Plan.RESOLUTION_TRACKING,),
    served=True,
)
resolutions_update = FAMILY.write(
    "resolutions.update",
    "workflow/resolution-categories/update",
    plans=(Plan.RESOLUTION_TRACKING,),
    served=True,
)

ROWS = (
    business_hours_update,
    escalations_create,
    escalations_delete,
    escalations_index,
    escalations_update,
    interventions_create,
    interventions_delete,
    interventions_generate_token,
    interventions_index,
    interventions_update,
    queues_create,
    queues_delete,
    queues_index,
    queues_move,
    queues_update,
    resolutions_create,
    resolutions_delete,
    resolutions_index,
    resolutions_reorder,
    resolutions_update,
)
