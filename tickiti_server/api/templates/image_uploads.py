"""Images that are uploaded for the content of a template or of a stock response."""

from html import escape

from tickiti_cli.contract.errors import AttachmentTooLarge, TemplateNotFound
from tickiti_cli.contract.v1 import settings, templates
from tickiti_server.api.call import Call
from tickiti_server.api.handler import handles
from tickiti_server.api.templates.bodies.image_uploads import ImageUploaded, UploadImage
from tickiti_server.api.uploaded_file import read_image
from tickiti_server.store.helpdesk.templates import find_template
from tickiti_server.store.texts.images import Owner, insert_image
from tickiti_server.store.texts.stock_responses import find_stock_response

_REFUSES = (AttachmentTooLarge, TemplateNotFound)


@handles(templates.image_upload, refuses=_REFUSES)
def image_upload(call: Call, body: UploadImage) -> ImageUploaded:
    """Upload an image for a template. Its content refers to the image by the reply's cid.

    An image that no content refers to is forgotten after 24 hours.
    """
    if find_template(call.tx, body.template_id) is None:
        raise TemplateNotFound(str(body.template_id), field="template_id")
    return _stored(call, Owner.TEMPLATE, body)


@handles(settings.stock_responses_image_upload, refuses=_REFUSES)
def stock_response_image_upload(call: Call, body: UploadImage) -> ImageUploaded:
    """Upload an image for a stock response. Its content refers to the image by the reply's cid.

    An image that no content refers to is forgotten after 24 hours.
    """
    if find_stock_response(call.tx, body.template_id) is None:
        raise TemplateNotFound(str(body.template_id), field="template_id")
    return _stored(call, Owner.STOCK_RESPONSE, body)


def _stored(call: Call, owner: Owner, body: UploadImage) -> ImageUploaded:
    image = read_image(call, body.file)
    cid = f"cid:{insert_image(call.tx, owner, body.template_id, image, now=call.now)}"
    return {
        "cid": cid,
        "img": f'<img src="{cid}" alt="{escape(image.name)}">',
        "name": image.name,
        "mime_type": image.mime_type,
        "file_size": len(image.content),
        "sha256": image.sha256,
    }
