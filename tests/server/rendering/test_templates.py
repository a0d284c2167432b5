# ruff: noqa: E501 - a table reads best with a case a line
"""Templates are filled with data, and HTML is made safe to show, for every input."""

import html
import time
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.hostile import HOSTILE
from tickiti_cli.contract.errors import TemplateDataMissing, TemplateSyntax, ValidationFailed
from tickiti_cli.contract.placeholders import names_in, parse
from tickiti_server.rendering.markup import is_affordable
from tickiti_server.rendering.sanitiser import ATTRIBUTES, TAGS, safe_html
from tickiti_server.rendering.templates import Rendered, render

DATA: dict[str, Any] = {
    "name": "Marcus",
    "order": {"id": 4711, "2": "two"},
    "lines": [{"sku": "VP-3"}, "plain"],
    "größe": "42",
    "a-b_c": True,
    "price": 12.5,
}


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{name}}", "Marcus"),
        ("{{ name }}{{\tname }}", "MarcusMarcus"),
        ("{{order.id}} {{order.2}} {{lines.0.sku}} {{lines.1}}", "4711 two VP-3 plain"),
        ("{{größe}} {{a-b_c}} {{price}}", "42 true 12.5"),
        ("a { b } } c { {name} }", "a { b } } c { {name} }"),
        ("p{width:50%} 100%}", "p{width:50%} 100%}"),
        ("", ""),
    ],
)
def test_placeholder_is_a_dotted_name_in_double_braces(template: str, text: str) -> None:
    assert render("", template, DATA).content == text


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("{% if x %}", 1, 1, "'{%' is not known; there are placeholders such as {{name}} and nothing else"),
        ("a\nb {{{x}}}", 2, 3, "three braces are not known; a placeholder has two on each side"),
        ("{{x}}}", 1, 1, "three braces are not known; a placeholder has two on each side"),
        ("{{x}} }}", 1, 7, "'}}' closes nothing"),
        ("ü\n\n {{x", 3, 2, "'{{' is never closed"),
        *(
            (said, 1, 1, f"{said!r} is not a placeholder; a name has letters, digits, '_' and '-', separated by dots")
            for said in (
                "{{}}", "{{ }}", "{{a.b()}}", "{{a.}}", "{{.a}}", "{{a..b}}", "{{a b}}", "{{a|b}}",
                "{{ ''.__class__ }}", "{{a\n}}", "{{# each }}", "{{a:b}}",
            )
        ),
        ("{{x}}" * 1001, 1, 5001, "more than 1000 placeholders"),
        ("{{" + "x" * 256 + "}}", 1, 1, "a name of more than 255 characters"),
    ],
)  # fmt: skip
def test_malformed_template_is_refused_with_its_position(
    text: str, line: int, column: int, problem: str
) -> None:
    with pytest.raises(TemplateSyntax) as caught:
        parse(text, field="content")
    sentence = f"The content field, line {line}, column {column}: {problem}."
    assert (caught.value.message, caught.value.errors) == (sentence, {"content": [sentence]})


def test_value_is_never_read_as_a_template() -> None:
    data = {"a": "{{b}} {{{", "b": "secret"}
    assert render("{{a}}", "{{a}}", data) == Rendered("{{b}} {{{", "{{b}} {{{")


def test_placeholder_names_reach_into_data_alone() -> None:
    names = ["name.upper", "order.keys", "lines.append", "name.__class__", "lines.2", "lines.-1"]
    with pytest.raises(TemplateDataMissing) as caught:
        render("", " ".join(f"{{{{{name}}}}}" for name in names), DATA)
    assert list(caught.value.errors) == [f"data.{name}" for name in names]


def test_value_other_than_text_is_refused() -> None:
    with pytest.raises(ValidationFailed, match=r"The data\.order field must be text, a number"):
        render("", "{{order}}", DATA)


@pytest.mark.parametrize("sign", ["\n", "\r", "\0", "\x85", "\u2028", "\x1b"])
def test_line_break_in_a_subject_value_is_refused(sign: str) -> None:
    with pytest.raises(ValidationFailed) as caught:
        render("Order {{name}}", "", {"name": f"x{sign}Bcc: y"})
    assert list(caught.value.errors) == ["data.name"]
    assert render("", "{{name}}", {"name": f"x{sign}"}).content == f"x{sign}"


def test_subject_of_256_characters_is_refused() -> None:
    assert len(render("{{a}}", "", {"a": "ü" * 255}).subject) == 255
    with pytest.raises(ValidationFailed, match="longer than 255 characters"):
        render("{{a}}x", "", {"a": "ü" * 255})


def test_rendered_template_is_limited_to_two_mebibytes() -> None:
    half = "x" * (1024 * 1024)
    assert len(render("", "{{a}}{{a}}", {"a": half}).content) == 2 * 1024 * 1024
    for template, value in (
        ("{{a}}{{a}}.", half),
        ("{{a}}", "ü" * 1024 * 1025),
        ("{{a}}", "<" * 600_000),
    ):
        with pytest.raises(ValidationFailed, match="longer than 2097152 bytes"):
            render("", template, {"a": value})


def test_worst_template_is_rendered_quickly() -> None:
    filler = "x" * (1024 * 1024 - 5000)
    value = {"a": "v" * (1024 * 1024)}
    for template in (
        filler + "{{a}}" * 1000,
        "{{a}}" * 100_000,
        "{{" + " " * 1024 * 1024,
        "{" * 10**6,
    ):
        began = time.process_time()
        with pytest.raises(ValidationFailed):
            render("", template, value)
        assert time.process_time() - began < 1.0  # 15 ms on an idle machine


def test_foreign_template_lists_its_placeholder_names() -> None:
    assert names_in("{{b}} {% if x %}", "{{a}} {{b}} {{{c}}} {{d()}}") == ["b", "a"]


texts = st.lists(
    st.sampled_from(
        [
            "{{",
            "}}",
            "{",
            "}",
            "{%",
            "a",
            "a.b",
            ".",
            " ",
            "\n",
            "0",
            "ü",
            "<&",
            "{{a}}",
            "{{a.b.0}}",
        ]
    )
).map("".join)
names = st.sampled_from(["a", "b", "0", "ü"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(names, inner),
    max_leaves=6,
)


@given(texts, texts, st.dictionaries(names, values))
@example("{{a}}", "{{a.b}}", {"a": {"b": "<"}})
def test_templates_raise_only_errors_of_the_contract(
    subject: str, content: str, data: dict[str, Any]
) -> None:
    try:
        rendered = render(subject, content, data)
    except ValidationFailed:
        return
    assert rendered.subject.count("\n") <= subject.count("\n")


class Seen(HTMLParser):
    """What a browser would find in sanitised HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def assert_harmless(shown: str) -> None:
    seen = Seen(shown)
    assert set(seen.tags) <= TAGS
    for tag, name, value in seen.attributes:
        assert name in ATTRIBUTES.get(tag, set()) | ATTRIBUTES["*"] | {"rel"}, shown
        assert "(" not in value or name not in ("style", "href", "src")
        assert "position" not in value or name != "style"
        if name == "href":
            assert value.lower().startswith(("http://", "https://", "mailto:", "tel:")), shown
        if name == "src":
            assert value.strip().lower().startswith(("cid:", "data:image/")), shown
            assert "svg" not in value


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_html_runs_and_loads_nothing(text: str) -> None:
    assert_harmless(safe_html(text))
    assert_harmless(safe_html(f"<p title='x'>{text}</p>" * 2))


@given(
    st.lists(st.sampled_from([*HOSTILE, "<b>", "</b>", "'", '"', ">", "<", "<!--", "-->", "&lt;"]))
)
def test_hostile_pieces_combined_are_harmless(pieces: list[str]) -> None:
    assert_harmless(safe_html("".join(pieces)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "<p>Dear <b>Marcus</b>,<br>yes &amp; no</p>",
            "<p>Dear <b>Marcus</b>,<br>yes &amp; no</p>",
        ),
        ('<p style="color:red;width:5px">x</p>', '<p style="color:red;width:5px">x</p>'),
        (
            '<p style="color:rgb(255, 0, 0);font-size:12px">x</p>',
            '<p style="color:rgb(255, 0, 0);font-size:12px">x</p>',
        ),
        (
            '<p style="background:#06c;color:hsl(9deg 1% 1% / 3%)">x</p>',
            '<p style="background:#06c;color:hsl(9deg 1% 1% / 3%)">x</p>',
        ),
        ('<img src="cid:a@b" alt="Sole">', '<img src="cid:a@b" alt="Sole">'),
        ('<img src="data:image/png;base64,AA==">', '<img src="data:image/png;base64,AA==">'),
        (
            '<a href="https://sole-trader.example/?a=1&amp;b=2">x</a>',
            '<a href="https://sole-trader.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">x</a>',
        ),
        (
            "<table><tr><td colspan=2>x",
            '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>',
        ),
        ("a <o:p>word</o:p> <blink>stays</blink>", "a word stays"),
        ("1 < 2 && 3 > 2", "1 &lt; 2 &amp;&amp; 3 &gt; 2"),
    ],
)
def test_formatting_of_an_ordinary_mail_is_kept(text: str, shown: str) -> None:
    assert safe_html(text) == shown
    assert safe_html(shown) == shown


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("COLOR: RED; FONT-SIZE: 12px", "color:RED;font-size:12px"),
        ("Background-Color : RGB(1, 2, 3)", "background-color:RGB(1, 2, 3)"),
        ("\n  Margin: 0\n;\n  PADDING: 0", "margin:0;padding:0"),
        ("MARGIN: 0; POSITION: FIXED; Background: URL(x)", "margin:0"),
    ],
)
def test_style_in_capitals_is_kept(style: str, shown: str) -> None:
    assert safe_html(f'<p STYLE="{style}">x</p>') == f'<p style="{shown}">x</p>'


@pytest.mark.parametrize(
    "bad",
    [
        "background:url(//a.example)", "background:#fff url(x)", "width:expression(alert(1))",
        "background:image-set('x' 1x)", "background:rgb(1,2,3) url(x)", "color:rgb(url(x))",
        "backg\\72ound:url(x)", "background:u\\72l(x)", "color:re/**/d", "position:fixed",
        "background-image:url(x)", "behavior:url(x)", "color:var(--x)", "background:'//a.example'}p{",
        "width:calc(1px)", "background:'https://a.example/'", "no declaration", "color",
    ],
)  # fmt: skip
def test_bad_declaration_is_removed_alone(bad: str) -> None:
    shown = safe_html(f'<p style="color:red;{bad};font-size:12px">x</p>')
    assert shown == '<p style="color:red;font-size:12px">x</p>'
    assert safe_html(f'<p style="{bad}">x</p>') == "<p>x</p>"


@pytest.mark.parametrize("sign", ["'", "&quot;", "("])
def test_declarations_after_an_open_quote_are_removed(sign: str) -> None:
    shown = safe_html(f'<p style="color:red;font-family:{sign}x;width:1px">x</p>')
    assert shown == '<p style="color:red">x</p>'


def test_remote_images_are_kept_on_request_alone() -> None:
    text = '<img src="https://sole-trader.example/logo.png"><img src="ftp://x/y">'
    assert safe_html(text) == "<img><img>"
    kept = '<img src="https://sole-trader.example/logo.png"><img>'
    assert safe_html(text, with_remote_images=True) == kept


COSTLY = {
    "nested": "<div>" * 100_000,
    "opened again": "".join(f"<b title={n}><p>" for n in range(20_000)),
    "closed in a comment": "<div><!--</div>-->" * 20_000,
    "after an empty comment": "<!--><div>" * 20_000,
    "closed in a text area": "<div><textarea></div></textarea>" * 20_000,
    "closed out of scope": "<div><table></div></table>" * 20_000,
    "closed in a value": "<div><i x='</div>'>" * 20_000,
    "closed in foreign data": "<svg><![CDATA[></svg>]]>" * 20_000,
    "closed in a style": '<div><style><br b="</style><!--"></style></div>-->' * 20_000,
    "misnested": "<b><i></b></i>" * 20_000,
    "ampersands": "&" * 400_000,
    "ampersands far apart": f"{'x' * 2000}&" * 8_000,
    "blanks that break no line": "x\xa0" * 300_000,
    "a text that is closed only": f"{'x' * 100}&</i>" * 30_000,
    "the text before a table": "<table>" + f"{'x' * 100}&<b></b>" * 30_000,
    "a text area": f"<textarea>{'x' * 100}{'&' * 400_000}</textarea>",
    "a value": f'<p title="{"&" * 400_000}">',
    "attributes": "<p " + " ".join(f"a{n}" for n in range(300_000)) + ">",
}


@pytest.mark.parametrize("text", COSTLY.values(), ids=COSTLY)
def test_markup_too_complex_to_parse_is_shown_as_text(text: str) -> None:
    assert not is_affordable(text)
    began = time.process_time()
    shown = safe_html(f"{text}<i>At mile 14 &lt;</i>")
    assert time.process_time() - began < 10  # under a second on an idle machine
    assert "<i>" not in shown
    assert Seen(shown).tags == ["br"] * shown.count("<br>")


@pytest.mark.parametrize(
    "text",
    [
        "<p>hello <b>x</b></p>" * 20_000,
        "<ul>" + "<li>one" * 20_000,
        "<table>" + "<tr><td>1<td>2" * 20_000,
        "<div>" * 30 + "<p>x</p>" * 5000 + "</div>" * 30,
        "<p>Tom &amp; Co<br>a&nbsp;b <a href='https://x.example/?a=1&amp;b=2'>x</a></p>" * 10_000,
        "<table>" + "<tr><td>Tom &amp; Co<td>a&nbsp;b" * 2_000,
        f'<img src="data:image/png;base64,{"A/b+" * 500_000}">',
        "<style><!-- p > b {content:'</p>'} --></style><!--[if mso]><xml><w:x></xml><![endif]-->" * 50,
        "<!-- >a" * 100_000, "<!--x>" * 100_000, "<!--<li>" * 100_000, "<!---!>" * 100_000,
        "<" * 200_000, "<a " * 100_000, "<!--" * 100_000, '<a x="' * 100_000, "</" * 100_000,
    ],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_long_simple_markup_is_sanitised(text: str) -> None:
    began = time.process_time()
    assert is_affordable(text)
    assert time.process_time() - began < 5  # 0.2 s on an idle machine


def test_text_in_place_of_markup_is_escaped() -> None:
    shown = safe_html("<svg></svg>a &lt;script&gt;<br>b")
    assert shown == f"{html.escape('a <script>')}<br>b"
