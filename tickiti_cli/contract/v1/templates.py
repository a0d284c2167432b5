"""v1 templates: templates of e-mails, notifications, interventions and FAQs."""

from tickiti_cli.contract.endpoint import Ability, Envelope, Role
from tickiti_cli.contract.v1.family import Family

FAMILY = Family(
    name="templates",
    role=Role.ADMIN,
    read_ability=Ability.TEMPLATES_READ,
    write_ability=Ability.TEMPLATES_WRITE,
)

create = FAMILY.write("create", "templates/create", served=True)
delete = FAMILY.write("delete", "templates/delete", served=True)
faqs = FAMILY.read("faqs", "templates/faqs", served=True)
image_upload = FAMILY.upload("image_upload", "templates/image-upload", served=True)
index = FAMILY.read("index", "templates", served=True)
render = FAMILY.read("render", "templates/render", envelope=Envelope.DATA, served=True)
search = FAMILY.read("search", "templates/search", served=True)
show = FAMILY.read("show", "templates/show", served=True)
update = FAMILY.write("update", "templates/update", served=True)

ROWS = (
    create,
    delete,
    faqs,
    image_upload,
    index,
    render,
    search,
    show,
    update,
)
