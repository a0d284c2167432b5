"""Images in the content of templates and stock responses: stored apart, and put back to render."""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence

from tickiti_cli.contract.errors import ValidationFailed
from tickiti_server.api.call import Call
from tickiti_server.rendering.images import BadImage, Image, extracted
from tickiti_server.store.texts.images import Owner, insert_image, list_images

_REFERENCE = re.compile(r"cid:([0-9a-zA-Z._-]+)")


def split(html: str, *, field: str) -> tuple[str, Sequence[Image]]:
    """The content with `cid:SHA256` in place of each data URI, and the images. Raises
    ValidationFailed that names `field`."""
    try:
        return extracted(html)
    except BadImage as rule:
        raise ValidationFailed.of(field, f"The {field} field {rule}.") from None


def store(call: Call, owner: Owner, owner_id: int, html: str, images: Sequence[Image]) -> str:
    """Store the images of `split` and return the content with their references."""
    for image in images:
        cid = insert_image(call.tx, owner, owner_id, image, now=call.now)
        html = html.replace(f'cid:{image.sha256}"', f'cid:{cid}"')
    return html


def inlined(call: Call, owner: Owner, owner_ids: Iterable[int], htmls: Sequence[str]) -> list[str]:
    """The contents with a data URI in place of each reference to an image of these texts."""
    if not any("cid:" in html for html in htmls):
        return [*htmls]
    urls = {
        row["cid"]: f"data:{row['mime_type']};base64,{b64encode(row['content']).decode()}"
        for row in list_images(call.tx, owner, owner_ids)
    }
    return [_REFERENCE.sub(lambda found: urls.get(found[1], found[0]), html) for html in htmls]
