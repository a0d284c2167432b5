"""v1 mail: mailboxes, mail subjects, excluded addresses and sent mail."""

from tickiti_cli.contract.endpoint import Ability, Envelope, Key, Role
from tickiti_cli.contract.v1.family import Family

FAMILY = Family(
    name="mail",
    role=Role.ADMIN,
    read_ability=Ability.MAIL_READ,
    write_ability=Ability.MAIL_WRITE,
)

excluded_create = FAMILY.write("excluded.create", "mail/excluded-emails/create", served=True)
excluded_delete = FAMILY.write("excluded.delete", "mail/excluded-emails/delete", served=True)
excluded_index = FAMILY.read("excluded.index", "mail/excluded-emails", served=True)
mailboxes_create = FAMILY.write("mailboxes.create", "mail/mailboxes/create", served=True)
mailboxes_delete = FAMILY.write("mailboxes.delete", "mail/mailboxes/delete", served=True)
mailboxes_index = FAMILY.read("mailboxes.index", "mail/mailboxes", served=True)
mailboxes_set_password = FAMILY.write(
    "mailboxes.set_password", "mail/mailboxes/set-password", key=Key.NONE, served=True
)
"""The request carries a secret, so that a key is ignored."""
mailboxes_update = FAMILY.write("mailboxes.update", "mail/mailboxes/update", served=True)
send = FAMILY.write(
    "send",
    "mail/send",
    envelope=Envelope.DATA,
    key=Key.REQUIRED,
    action="send_email",
    served=True,
)
sent_mail_list = FAMILY.read("sent_mail.list", "mail/sent-mail", served=True)
sent_mail_search = FAMILY.read("sent_mail.search", "mail/sent-mail/search", served=True)
sent_mail_show = FAMILY.read("sent_mail.show", "mail/sent-mail/show", served=True)
subjects_create = FAMILY.write("subjects.create", "mail/subjects/create", served=True)
subjects_delete = FAMILY.write("subjects.delete", "mail/subjects/delete", served=True)
subjects_index = FAMILY.read("subjects.index", "mail/subjects", served=True)

ROWS = (
    excluded_create,
    excluded_delete,
    excluded_index,
    mailboxes_create,
    mailboxes_delete,
    mailboxes_index,
    mailboxes_set_password,
    mailboxes_update,
    send,
    sent_mail_list,
    sent_mail_search,
    sent_mail_show,
    subjects_create,
    subjects_delete,
    subjects_index,
)
