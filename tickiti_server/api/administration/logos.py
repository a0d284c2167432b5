"""The logos of the branding: uploaded, and reset to none."""

from tickiti_cli.contract.errors import AttachmentTooLarge
from tickiti_cli.contract.v1 import administration as contract
from tickiti_server.api.administration.bodies.logos import MOST_LOGO
from tickiti_server.api.call import Call
from tickiti_server.api.done import DONE, Done
from tickiti_server.api.handler import handles
from tickiti_server.api.uploaded_file import UploadFile, read_image
from tickiti_server.store.files import logos as stored

APP, EMAIL = "app", "email"


@handles(contract.branding_app_logo, refuses=(AttachmentTooLarge,), most_file=MOST_LOGO)
def app_logo(call: Call, body: UploadFile) -> Done:
    """Upload the logo of the pages, an image of at most 2 MiB. It replaces the previous one."""
    return _set(call, APP, body)


@handles(contract.branding_email_logo, refuses=(AttachmentTooLarge,), most_file=MOST_LOGO)
def email_logo(call: Call, body: UploadFile) -> Done:
    """Upload the logo of mails, an image of at most 2 MiB. It replaces the previous one."""
    return _set(call, EMAIL, body)


@handles(contract.branding_reset_app_logo)
def reset_app_logo(call: Call) -> Done:
    """Delete the logo of the pages. Resetting what is not set succeeds."""
    stored.delete_logo(call.tx, APP)
    return DONE


@handles(contract.branding_reset_email_logo)
def reset_email_logo(call: Call) -> Done:
    """Delete the logo of mails. Resetting what is not set succeeds."""
    stored.delete_logo(call.tx, EMAIL)
    return DONE


def _set(call: Call, kind: str, body: UploadFile) -> Done:
    image = read_image(call, body.file)
    stored.set_logo(
        call.tx,
        kind=kind,
        name=image.name,
        mime_type=image.mime_type,
        file_size=len(image.content),
        sha256=image.sha256,
        content=image.content,
    )
    return DONE
