"""v1 settings: perspectives, watchlists, hashtags and stock responses."""

from tickiti_cli.contract.endpoint import Ability, Role
from tickiti_cli.contract.v1.family import Family

FAMILY = Family(
    name="settings",
    role=Role.STAFF,
    read_ability=Ability.SETTINGS_READ,
    write_ability=Ability.SETTINGS_WRITE,
)

hashtags_delete = FAMILY.write("hashtags.delete", "settings/hashtags/delete", served=True)
hashtags_index = FAMILY.read("hashtags.index", "settings/hashtags", served=True)
perspectives_create = FAMILY.write(
    "perspectives.create", "settings/perspectives/create", served=True
)
perspectives_delete = FAMILY.write(
    "perspectives.delete", "settings/perspectives/delete", served=True
)
perspectives_index = FAMILY.read("perspectives.index", "settings/perspectives", served=True)
perspectives_show = FAMILY.read("perspectives.show", "settings/perspectives/show", served=True)
perspectives_update = FAMILY.write(
    "perspectives.update", "settings/perspectives/update", served=True
)
stock_responses_create = FAMILY.write(
    "stock_responses.create", "settings/stock-responses/create", served=True
)
stock_responses_delete = FAMILY.write(
    "stock_responses.delete", "settings/stock-responses/delete", served=True
)
stock_responses_image_upload = FAMILY.upload(
    "stock_responses.image_upload", "settings/stock-responses/image-upload", served=True
)
stock_responses_index = FAMILY.read(
    "stock_responses.index", "settings/stock-responses", served=True
)
stock_responses_show = FAMILY.read(
    "stock_responses.show", "settings/stock-responses/show", served=True
)
stock_responses_update = FAMILY.write(
    "stock_responses.update", "settings/stock-responses/update", served=True
)
watchlists_add_tickets = FAMILY.write(
    "watchlists.add_tickets", "settings/watchlists/add-tickets", served=True
)
watchlists_create = FAMILY.write("watchlists.create", "settings/watchlists/create", served=True)
watchlists_delete = FAMILY.write("watchlists.delete", "settings/watchlists/delete", served=True)
watchlists_index = FAMILY.read("watchlists.index", "settings/watchlists", served=True)
watchlists_remove_tickets = FAMILY.write(
    "watchlists.remove_tickets", "settings/watchlists/remove-tickets", served=True
)
watchlists_reorder = FAMILY.write("watchlists.reorder", "settings/watchlists/reorder", served=True)
watchlists_update = FAMILY.write("watchlists.update", "settings/watchlists/update", served=True)

ROWS = (
    hashtags_delete,
    hashtags_index,
    perspectives_create,
    perspectives_delete,
    perspectives_index,
    perspectives_show,
    perspectives_update,
    stock_responses_create,
    stock_responses_delete,
    stock_responses_image_upload,
    stock_responses_index,
    stock_responses_show,
    stock_responses_update,
    watchlists_add_tickets,
    watchlists_create,
    watchlists_delete,
    watchlists_index,
    watchlists_remove_tickets,
    watchlists_reorder,
    watchlists_update,
)
