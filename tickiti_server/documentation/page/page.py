"""The documentation page: one HTML file that loads nothing else.

The introduction is written by hand, everything else is made from the OpenAPI document.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape as text
from importlib.resources import files
from string import Template

from tickiti_server.documentation.page.endpoint import Endpoint, code, every_endpoint, prose
from tickiti_server.settings import Settings
from tickiti_server.validation.json_schema import Schema


def render(document: Schema, settings: Settings) -> bytes:
    """The HTML page of an OpenAPI document, for a server with these limits."""
    endpoints = every_endpoint(document)
    general = set.intersection(*(set(endpoint.codes) for endpoint in endpoints))
    first = next(endpoint for endpoint in endpoints if endpoint.name == "create_ticket")
    filled = Template(_read("page.html")).substitute(
        title=text(document["info"]["title"]),
        version=text(document["info"]["version"]),
        summary=text(document["info"]["summary"]),
        base_url=text(document["servers"][0]["url"]),
        style=_read("style.css"),
        first_request=code(first.curl, "The first request"),
        first_reply=code(first.reply, "Its reply"),
        contents=_contents(document, endpoints),
        endpoints=_families(document, endpoints, general),
        errors=_errors(document, general),
        abilities=_abilities(endpoints),
        not_served="".join(
            f"<li><code>{text(path)}</code></li>" for path in document["x-not-served"]
        ),
        most_body=f"{settings.most_body // 2**20} MiB",
        most_public_body=f"{settings.most_public_body // 2**10} KiB",
        most_headers=f"{settings.most_headers // 2**10} KiB",
        header_seconds=f"{settings.header_seconds:g}",
        body_seconds=f"{settings.body_seconds:g}",
        key_days=settings.key_days,
        key_wait_seconds=f"{settings.key_wait_seconds:g}",
        minted_keys=settings.minted_keys_per_minute,
        most_connections=f"{settings.most_connections:,}",
        rate_limit=_rate_limit(settings),
    )
    return filled.encode()


def content_security_policy() -> str:
    """The Content-Security-Policy that allows the page's own style and no script, image or other
    host."""
    digest = b64encode(sha256(_read("style.css").encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@cache
def _read(name: str) -> str:
    return files("tickiti_server.documentation.page").joinpath(name).read_text("utf-8")


def _contents(document: Schema, endpoints: list[Endpoint]) -> str:
    """The links to all endpoints, by family."""
    parts = []
    for tag in document["tags"]:
        links = "".join(f"<li>{found.link}</li>" for found in endpoints if found.tag == tag["name"])
        parts.append(
            f'<li><a href="#family-{tag["name"]}">{tag["name"].title()}</a><ul>{links}</ul></li>'
        )
    return "".join(parts)


def _families(document: Schema, endpoints: list[Endpoint], general: set[str]) -> str:
    parts = []
    for tag in document["tags"]:
        sections = "".join(
            found.section(general) for found in endpoints if found.tag == tag["name"]
        )
        parts.append(
            f'<section><h2 id="family-{tag["name"]}">{tag["name"].title()}</h2>'
            f"<p>{prose(tag['description'])}</p>{sections}</section>"
        )
    return "".join(parts)


def _errors(document: Schema, general: set[str]) -> str:
    rows = []
    for failure in document["x-failures"]:
        again = "yes" if failure["retryable"] else "no"
        everywhere = " (any request)" if failure["code"] in general else ""
        rows.append(
            f'<tr><th scope="row"><code>{text(failure["code"])}</code>{everywhere}</th>'
            f"<td>{failure['status']}</td><td>{again}</td><td>{text(failure['sentence'])}</td></tr>"
        )
    return "".join(rows)


def _abilities(endpoints: list[Endpoint]) -> str:
    """The endpoints that each ability opens. A family is named once if the ability opens all
    endpoints of the family."""
    abilities = dict.fromkeys(ability for found in endpoints for ability in found.abilities)
    families: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        if endpoint.abilities:
            families.setdefault(endpoint.tag, []).append(endpoint)
    rows = []
    for ability in abilities:
        links: list[str] = []
        for tag, family in families.items():
            opened = [endpoint for endpoint in family if ability in endpoint.abilities]
            if len(opened) == len(family) > 1:
                links.append(f'<a href="#family-{tag}">everything of {tag.title()}</a>')
            else:
                links += [endpoint.link for endpoint in opened]
        rows.append(f'<tr><th scope="row"><code>{text(ability)}</code></th>')
        rows.append(f"<td>{'<br>'.join(links)}</td></tr>")
    return "".join(rows)


def _rate_limit(settings: Settings) -> str:
    if settings.rate_limit is None:
        return "as many requests as it likes"
    return f"{settings.rate_limit} requests a minute"
