"""HTML becomes text without glued or lost words, in linear time."""

import time
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from tests.support.hostile import HOSTILE
from tickiti_server.delivery.mail.mime import Mail, encode
from tickiti_server.rendering.text import MOST_MARKUP, plain_text

MAIL = (
    "Hi<ul><li>a</li><li>b</li></ul>Bye<pre>x</pre>Thanks<blockquote>q</blockquote>me"
    "<table><tr><td>Order</td><td>4711</td></tr></table>"
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (MAIL, "Hi\n\n- a\n- b\n\nBye\n\nx\n\nThanks\n\n> q\n\nme\n\nOrder\t4711"),
        ("<ol><li>one<li>two</ol>end", "1. one\n2. two\n\nend"),
        ("<ol start=9><li>a<li>b</ol>", "9. a\n10. b"),
        ("<ol><li value=4>a<li>b</ol>", "4. a\n5. b"),
        ("<ol start='x'><li>a</ol>", "1. a"),
        (
            "<ol><li>a<ul><li>b<ol><li>c</ol></ul><li>d</ol>",
            "1. a\n   - b\n     1. c\n2. d",
        ),
        ("<li>a<li>b", "- a\n- b"),
        ("<ul><li>a<br>b<li>c</ul>", "- a\n  b\n- c"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div><div><br></div><div>c</div>", "a\nb\n\nc"),
        ("a<br>b<br><br><br>c", "a\nb\n\nc"),
        ("<h1>T</h1>t<hr>u", "T\n\nt\n---\nu"),
        ("<section>a</section><article>b</article><address>c</address>", "a\nb\nc"),
        ("<figure>a<figcaption>b</figcaption></figure><center>c</center>", "a\nb\n\nc"),
        (
            "<blockquote><p>a</p><p>b</p><blockquote>c</blockquote></blockquote>d",
            "> a\n>\n> b\n>\n> > c\n\nd",
        ),
        ("<pre>\n  def f():\n\treturn  1\n\n  x</pre>y", "  def f():\n\treturn  1\n\n  x\n\ny"),
        ("<blockquote><pre>a\n  b</pre></blockquote>", "> a\n>   b"),
        ("<pre>a<b>b</b>\n&lt;c&gt;</pre>", "ab\n<c>"),
        (
            "<table><thead><tr><th>SKU<th>Qty</thead><tr><td><p>VP3</p><td><p>2</p></table>x",
            "SKU\tQty\nVP3\t2\n\nx",
        ),
        ("<table><tr><td>a<td><td>c</tr></table>", "a\t\tc"),
        ("<table><tr><td>k<td><ul><li>1<li>2</ul></table>", "k\n- 1\n- 2"),
        ("<table><tr><td><table><tr><td>a<td>b</table><td>c</table>d", "a\tb\n\nc\n\nd"),
        ("<dl><dt>T<dd>a<dd>b<dt>U<dd>c</dl>", "T\n  a\n  b\nU\n  c"),
        ('<a href="https://shop.example/r?t=1">here</a>', "here (https://shop.example/r?t=1)"),
        ("<a href=https://x.example/?a=1&amp;b=2>x</a>", "x (https://x.example/?a=1&b=2)"),
        ("<a href='https://x.example/'>https://x.example</a>", "https://x.example"),
        ("<a href='https://x.example/'>X.example</a>", "X.example"),
        ("<a href='mailto:a@b.example?subject=x'>a@b.example</a>", "a@b.example"),
        ("<a href='mailto:a@b.example'>us</a>", "us (mailto:a@b.example)"),
        ("<a href='https://x.example/'><div>go</div></a>on", "go (https://x.example/)\non"),
        ("<a href='https://x.example/'></a>", "https://x.example/"),
        ("<a href='https://x.example/'>never closed", "never closed (https://x.example/)"),
        ("<a href='#a'>a</a><a name=b>b</a><a href='javascript:x()'>c</a>", "abc"),
        ('<a href="https://x.example/"><img alt="Logo"></a>', "[image: Logo #1] (https://x.example/)"),
        (
            "<img alt=Sole src=cid:1> <img src=https://x.example/a/b%20c.png?d>",
            "[image: Sole #1] [image: b c.png #2]",
        ),
        ("a<img src='cid:1' alt=''>b", "a[image #1]b"),
        ("<img src=t.gif width=1>a<img alt=x>", "a[image: x #1]"),
        ("a<img src=https://t.example/open.gif width=1 height='1px'>b", "ab"),
        ("f<b>oo</b> a&nbsp;b &amp;lt; R&amp;D", "foo a b &lt; R&D"),
        ("&am<i>p;</i>", "&amp;"),
        ("a\n  b\t<b>c</b>\n", "a b c"),
        ("a\nb\n", "a\nb"),
        ("a\nR&amp;D", "a\nR&D"),
        ("a &lt; b<br>c", "a < b\nc"),
        ("1 < 2 <b>&</b> 3 > 2", "1 < 2 & 3 > 2"),
        ("a<b and c", "a<b and c"),
        ("<b>x</b> y<z", "x y<z"),
        ("x<script>if (a<b) {}</script><style>p>b{}</style><!-- c > d --><!--x>y-->z", "xz"),
        ("<head><title>T</title><style>s</style></head><body>b", "b"),
        ("<head>never closed <p>x", "never closed\n\nx"),
        ("<!-->a<!--->b<!-- c --!>d<?x y?>e<!doctype html>f</ g>h</>i", "abdefhi"),
        ("<i title='>'>a</i><i title=x>b</i ><I\n>c</I>", "abc"),
        ("</ul></td></blockquote></li>a</table></pre>b", "a\nb"),
        ("<blockquote><table><tr><td></blockquote>a</table>b</blockquote>c", "> a\n>\n> b\n\nc"),
        ("<textarea>a\nb</textarea><select><option>c<option>d</select>", "a b\nc\nd"),
        ("x <o:p>y</o:p><svg><text>z</text></svg>", "x yz"),
        ("<p>\u05e9\u05dc\u05d5\u05dd \U0001f45f</p>", "\u05e9\u05dc\u05d5\u05dd \U0001f45f"),
        ("", ""),
        (" <br> ", ""),
    ],
)  # fmt: skip
def test_text_has_every_word_of_the_html(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_becomes_text(html: str) -> None:
    assert isinstance(plain_text(f"a {html}"), str)


def test_mail_text_part_is_made_the_same_way() -> None:
    raw = encode(
        Mail(
            id="m", sender="a@b.example", sender_name=None, to="c@d.example", subject="s",
            html=MAIL, date=datetime(2026, 5, 1, tzinfo=UTC),
        )
    )  # fmt: skip
    part = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    assert part is not None
    assert part.get_content().replace("\r\n", "\n").rstrip("\n") == plain_text(MAIL)


def test_html_with_too_many_tags_loses_layout_and_no_word() -> None:
    html = "<ul>" + "<li>a" * (MOST_MARKUP // 2) + "<b>x</b>" * MOST_MARKUP + "<p>last &amp; one"
    text = plain_text(html)
    assert text.startswith("- a\n- a\n")
    assert text.count("x") == MOST_MARKUP
    assert text.endswith("last & one")


def test_text_stays_within_a_multiple_of_its_html() -> None:
    deep = "<blockquote>" * 100_000
    for html in (
        deep + "<br>a" * 100_000,
        deep + "<pre>" + "\n" * 500_000 + "a",
        deep + "<pre>" + "a\n" * 500_000,
        "<ol start=999999999><li>" * 1000 + "<br>a" * 100_000,
    ):
        assert len(plain_text(html)) <= 20 * len(html)


def test_html_to_text_takes_linear_time() -> None:
    letter = (
        "<p style='margin:0'>Dear <b>Marcus</b>, the plate snapped &amp; the shoe is done.</p>"
        "<ul><li>At <a href='https://x.example/'>mile 14</a></ul><table><tr><td>a<td>b</table>"
    )

    def seconds(times: int) -> float:
        began = time.process_time()
        plain_text(letter * times)
        return time.process_time() - began

    seconds(100)
    assert seconds(10_000) < 40 * max(seconds(1_000), 0.001)
