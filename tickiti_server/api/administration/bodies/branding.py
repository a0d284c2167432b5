"""The shapes of the branding and the custom domain: bodies and replies."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from tickiti_server.validation.addresses import is_domain
from tickiti_server.validation.fields import (
    MOST_LINE,
    ClearingBody,
    Line,
    is_absent,
    trimmed,
    wrong,
)
from tickiti_server.validation.json_schema import BLANK, LINE, Written

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)


def _colour(value: object) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(trimmed(value)):
        raise wrong("must be a colour as #rrggbb")
    return trimmed(value).lower()


def _domain(value: object) -> str:
    if is_absent(value):
        return ""
    if not isinstance(value, str) or not is_domain(trimmed(value)) or "." not in value:
        raise wrong("must be a host name, such as support.sole-trader.example")
    return trimmed(value).lower()


Colour = Annotated[str, BeforeValidator(_colour), Written(pattern=r"^\s*#[0-9a-fA-F]{6}\s*$")]


class UpdateBranding(ClearingBody):
    """Members that are left out keep their values; null or "" removes the footer."""

    CLEARS = frozenset({"footer"})

    product_name: Annotated[
        Line | None, Field(description="The name of the helpdesk.", examples=["Sole Trader help"])
    ] = None
    primary_colour: Annotated[
        Colour | None, Field(description="The colour of buttons and links.", examples=["#1d4ed8"])
    ] = None
    footer: Annotated[
        Line | None,
        Field(description="Footer of pages and mails.", examples=["Sole Trader Ltd"]),
    ] = None


class Logo(TypedDict):
    name: Annotated[str, Field(examples=["logo.png"])]
    mime_type: Annotated[str, Field(examples=["image/png"])]
    file_size: Annotated[int, Field(examples=[2048])]
    sha256: Annotated[
        str, Field(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
    ]


class Branding(TypedDict):
    product_name: Annotated[str, Field(examples=["Tickiti"])]
    primary_colour: Annotated[str, Field(examples=["#1d4ed8"])]
    footer: Annotated[str, Field(examples=[""])]
    app_logo: Annotated[Logo | None, Field(examples=[None])]
    email_logo: Annotated[Logo | None, Field(examples=[None])]


class UpdateDomain(ClearingBody):
    CLEARS = frozenset({"domain"})

    current_password: Annotated[
        Line,
        Field(
            description="Required by the vendor; not checked by the bundled server.",
            examples=["secret"],
        ),
    ]
    domain: Annotated[
        str,
        BeforeValidator(_domain),
        Field(
            max_length=MOST_LINE,
            description='Your own host name; "" removes it.',
            examples=["support.sole-trader.example"],
        ),
        Written(type=["string", "null"], pattern=f"{LINE}|{BLANK}"),
    ]


class Domain(TypedDict):
    default_domain: Annotated[str, Field(examples=["localhost"])]
    served_ip: Annotated[str, Field(examples=["127.0.0.1"])]
    domain: Annotated[str, Field(examples=["support.sole-trader.example"])]
    status: Annotated[
        str,
        Written(enum=["none", "waiting_for_dns", "active"]),
        Field(examples=["waiting_for_dns"]),
    ]
