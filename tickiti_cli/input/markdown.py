"""Markdown as HTML: CommonMark 0.31.2 without extensions, and with HTML escaped.

Rule: the same Markdown always gives the same bytes, because a retry must send them again. The
library's minor version is pinned in pyproject.toml. Raise the pin only if the pairs in
tests/cli/input/test_body.py stay byte for byte the same.
"""


def html_of_markdown(text: str) -> str:
    """The Markdown text as HTML."""
    from markdown_it import MarkdownIt  # 50 ms, only for bodies in Markdown

    rendered: str = MarkdownIt("commonmark", {"html": False}).render(text)
    return rendered
