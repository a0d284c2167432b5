"""v1 templates: templates of e-mails, notifications, interventions and FAQs."""

from tickiti_cli.contract.endpoint import Ability, Role
from tickiti_cli.contract.v1 import Family

FAMILY = Family(
    name="templates",
    role=Role.ADMIN,
    read_ability=Ability.TEMPLATES_READ,
    write_ability=Ability.TEMPLATES_WRITE,
)

create = FAMILY.write("create", "templates/create")
delete = FAMILY.write("delete", "templates/delete")
faqs = FAMILY.read("faqs", "templates/faqs")
index = FAMILY.read("index", "templates")
search = FAMILY.read("search", "templates/search")
show = FAMILY.read("show", "templates/show")
update = FAMILY.write("update", "templates/update")

ROWS = (
    create,
    delete,
    faqs,
    index,
    search,
    show,
    update,
)
