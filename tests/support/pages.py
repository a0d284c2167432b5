"""The server's page as a browser asks for it: by a link, with a cookie, over HTTP alone."""

import json
from html.parser import HTMLParser
from urllib.parse import urlencode

from tests.support.place import Place
from tickiti_cli.contract.bundled.page import ROOT

LINK = f"{ROOT}/link"


def link(place: Place, view: str = "tickets", **more: str) -> str:
    """The path of a new link."""
    status, _, raw = place.post(LINK, {"view": view}, **more)
    assert status == 200, raw
    return str(json.loads(raw)["data"]["path"])


def sign_in(place: Place, **more: str) -> str:
    """The Cookie header of a new session."""
    status, headers, _ = place.get(link(place, **more))
    assert status == 200
    return headers["set-cookie"].partition(";")[0]


class Text(HTMLParser):
    """The words of a page, and the tags and attributes that carry them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._is_style = False
        self.texts: list[str] = []
        """The text right behind each tag."""

        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_style = tag == "style"
        self.texts.append("")
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._is_style = False

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data
        self.words += [] if self._is_style else data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)

    def values(self, tag: str, attribute: str) -> list[str]:
        return [found[attribute] for name, found in self.tags if name == tag and attribute in found]


class Reader:
    """A person with a session on the page."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._cookie = sign_in(place)

    def get(self, path: str, **query: str) -> tuple[int, dict[str, str], bytes]:
        asked = f"{ROOT}/{path}?{urlencode(query)}" if query else f"{ROOT}/{path}"
        return self.place.get(asked, Cookie=self._cookie)

    def html(self, path: str, **query: str) -> Text:
        status, headers, raw = self.get(path, **query)
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8"), raw
        return Text(raw.decode())

    def text(self, path: str, **query: str) -> str:
        return self.html(path, **query).text
