"""v1 axial: skills of the vendor's assistant."""

from tickiti_cli.contract.endpoint import Ability, Envelope, Plan, Role
from tickiti_cli.contract.v1.family import Family

FAMILY = Family(
    name="axial",
    role=Role.ANY,
    read_ability=Ability.SKILLS_READ,
    write_ability=Ability.SKILLS_WRITE,
    defaults={"sysadmin": True, "plans": (Plan.AI_ASSISTANT,), "envelope": Envelope.DATA},
)

skills_actions_delete = FAMILY.write(
    "skills.actions.delete", "axial/skills/actions/delete", served=True
)
skills_actions_upsert = FAMILY.write(
    "skills.actions.upsert", "axial/skills/actions/upsert", served=True
)
skills_create = FAMILY.write("skills.create", "axial/skills/create", served=True)
skills_delete = FAMILY.write("skills.delete", "axial/skills/delete", served=True)
skills_index = FAMILY.read("skills.index", "axial/skills", served=True)
skills_options = FAMILY.read("skills.options", "axial/skills/options", served=True)
skills_show = FAMILY.read("skills.show", "axial/skills/show", served=True)
skills_update = FAMILY.write("skills.update", "axial/skills/update", served=True)

ROWS = (
    skills_actions_delete,
    skills_actions_upsert,
    skills_create,
    skills_delete,
    skills_index,
    skills_options,
    skills_show,
    skills_update,
)
