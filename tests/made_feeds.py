"""Feeds that hypothesis makes up: elements that live feeds have, in any order, number and state of disorder."""

from __future__ import annotations

from html import escape

from hypothesis import strategies as st

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom", "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/", "content": "http://purl.org/rss/1.0/modules/content/",
    "media": "http://search.yahoo.com/mrss/", "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "sy": "http://purl.org/rss/1.0/modules/syndication/", "slash": "http://purl.org/rss/1.0/modules/slash/",
    "georss": "http://www.georss.org/georss", "foo": "https://unknown.example/ns",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "thr": "http://purl.org/syndication/thread/1.0"}

_WORDS = ["", "Words", " two  words ", "قال الرئيس", "Ã©tÃ©", "caf\x85e\x92s", "3 < 4", "<b>bold</b> news", "a &amp; b",
          "<p>One.</p><script>alert(1)</script>", "<p onclick='x()'>p</p>", "AT&T", "&#8211;", "<i>x</i> &nbsp; y",
          "line\nline", "<img src='/a.jpg' width=10>", "<unclear>", "Ann Lee", "ann@e.example (Ann Lee)",
          "Ann Lee <ann@e.example>", "(Ann)", "mailto:ann@e.example", "true", "false"]
_ADDRESSES = ["https://e.example/a", "https://e.example/b?x=1&y=2", "/c", "d.html", "", "//f.example/g", "https:////h.example/i",
              "javascript:alert(1)", "urn:1", "http://[bad", "https://مثال.example/ص", "?q=1", "#part", " /space "]
_DATES = ["Fri, 07 Nov 2025 00:51:08 +0000", "2025-11-07T00:51:08Z", "7 نوفمبر 2025", "never", "", "2025-11-07"]

words, addresses, dates = st.sampled_from(_WORDS), st.sampled_from(_ADDRESSES), st.sampled_from(_DATES)


@st.composite
def element(draw: st.DrawFn, name: str, texts: st.SearchStrategy[str], attributes: dict[str, list[str]]) -> str:
    given_attributes = "".join(f' {key}="{escape(draw(st.sampled_from(values)))}"' for key, values in attributes.items()
                    if draw(st.booleans()))
    text = draw(texts)
    inside = f"<![CDATA[{text}]]>" if draw(st.booleans()) and "]]>" not in text else escape(text, quote=False)
    if draw(st.integers(0, 30)) == 0:
        inside = f"{inside}<!-- note -->{inside}"
    return f"<{name}{given_attributes}>{inside}</{name}>"


_TYPE = {"type": ["text", "html", "text/html", "text/plain", "plain", "HTML", "", "image/png", "xhtml"],
         "xml:base": ["y/", "https://g.example/x/"]}
_LINKED = {"href": _ADDRESSES, "rel": ["alternate", "self", "enclosure", "hub", "", "Alternate"],
           "type": ["text/html", "application/rss+xml", "image/jpeg"]}
_MEDIA = {"url": _ADDRESSES, "type": ["image/jpeg", "video/mp4", "IMAGE/PNG"], "medium": ["image"],
          "width": ["640", "x"], "height": ["480"]}
LEAVES = st.one_of(
    element("title", words, _TYPE), element("title", words, {}), element("link", addresses, {}),
    element("link", st.just(""), _LINKED), element("atom:link", st.just(""), _LINKED),
    element("guid", addresses, {"isPermaLink": ["true", "false", "True"]}), element("id", addresses, {}),
    element("description", words, {}), element("description", words, _TYPE), element("summary", words, _TYPE),
    element("content", words, _TYPE), element("content:encoded", words, {}), element("pubDate", dates, {}),
    element("updated", dates, {}), element("published", dates, {}), element("dc:date", dates, {}),
    element("dcterms:created", dates, {}), element("author", words, {}), element("dc:creator", words, {}),
    element("itunes:author", words, {}), element("category", words, {
        "domain": ["d"], "term": ["t", ""], "label": ["l"], "scheme": ["s"]}),
    element("dc:subject", words, {}), element("media:category", words, {"label": ["l"]}),
    element("media:keywords", st.just("one, two,,"), {"role": ["x"]}),
    element("itunes:keywords", st.just("three, one"), {}),
    element("enclosure", st.just(""), _MEDIA), element("media:content", st.just(""), _MEDIA),
    element("media:thumbnail", st.just(""), _MEDIA), element("media:title", words, _TYPE),
    element("media:description", words, _TYPE), element("media:credit", words, {"role": ["author"]}),
    element("itunes:image", st.just(""), {"href": _ADDRESSES}), element("itunes:summary", words, {}),
    element("itunes:subtitle", words, {}), element("dc:title", words, {}), element("dc:description", words, {}),
    element("source", words, {"url": _ADDRESSES}), element("image", words, {}), element("comments", addresses, {}),
    element("slash:comments", words, {}), element("foo:bar", words, {"a": ["1"], "base": ["https://g.example/"]}),
    element("foo:summary", words, {}), element("georss:point", st.just("1 2"), {}), element("date", dates, {}),
    element("language", words, {}), element("dc:language", words, {}), element("rights", words, _TYPE),
    element("url", addresses, {}), element("name", words, {}), element("thr:total", words, {}),
    element("contributor", words, {}), element("keywords", words, {}), element("unknown", words, {"x": ["y"]}),
    element("generator", words, {"uri": _ADDRESSES}), element("creativeCommons:license", addresses, {}))
_XHTML = st.sampled_from([
    '<div xmlns="http://www.w3.org/1999/xhtml"><p class="a&amp;b">x &lt; y<br/>z</p></div>', " ", "words &amp; ", "\n",
    '<div xmlns="http://www.w3.org/1999/xhtml"><div>a</div><div>b</div></div>', "<![CDATA[<p>c</p>]]>",
    '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="fa">x<IMG SRC="/a.jpg"/></div>', "<p>no namespace</p>",
    '<xh:p xmlns:xh="http://www.w3.org/1999/xhtml" TYPE="X" rel="Y">p<!-- c -->q</xh:p>', "<title>t</title>",
    '<body xmlns="http://www.w3.org/1999/xhtml">b</body>', '<svg xmlns="http://www.w3.org/2000/svg"><title>s</title></svg>'])
_PERSON = st.one_of(element("name", words, {}), element("email", words, {}), element("uri", addresses, {}))
NESTED = st.one_of(
    st.lists(_PERSON, max_size=4).map(lambda parts: f"<author>\n{''.join(parts)}</author>"),
    st.lists(_PERSON, max_size=2).map(lambda parts: f"<contributor>{''.join(parts)}</contributor>"),
    st.lists(LEAVES, max_size=3).map(lambda parts: f"<media:group>{''.join(parts)}</media:group>"),
    st.lists(LEAVES, max_size=3).map(lambda parts: f'<media:content url="https://e.example/m.jpg">{"".join(parts)}'
                                                   "</media:content>"),
    st.lists(LEAVES, max_size=2).map(lambda parts: f"<foo:box>{''.join(parts)}</foo:box>"),
    st.lists(LEAVES, max_size=2).map(lambda parts: f"<image>{''.join(parts)}</image>"),
    st.builds("<{0} type=\"{1}\">{2}</{0}>".format, st.sampled_from(["content", "summary", "title"]),
              st.sampled_from(["xhtml", "XHTML", "application/xhtml+xml", "html"]),
              st.lists(_XHTML, max_size=4).map("".join)),
    st.just('<post-id xmlns="com-wordpress:feed-additions:1">7</post-id>'),
    st.just("<skipHours><hour>3</hour></skipHours>"))
CHILDREN = st.one_of(LEAVES, LEAVES, LEAVES, LEAVES, LEAVES, LEAVES, NESTED)
_BASES = st.sampled_from(["", "", "",
                          ' xml:base="https://b.example/x/"', ' xml:lang="fa"', ' xml:base="y/"', ' lang="ar"'])


@st.composite
def feeds(draw: st.DrawFn) -> str:
    """An RSS 2.0, RDF or Atom document: well-formed, and most often odd."""
    form = draw(st.sampled_from(["rss", "rss", "atom", "rdf", "old atom", "entry"]))
    entry, inner = ("item", "") if form in ("rss", "rdf") else ("entry", "")
    about = draw(st.lists(CHILDREN, max_size=4))
    items = [f"<{entry}{draw(_BASES) if draw(st.integers(0, 9)) == 0 else inner}"
             + (f' rdf:about="https://e.example/{n}"' if form == "rdf" else "")
             + f">{''.join(draw(st.lists(CHILDREN, max_size=7)))}</{entry}>" for n in range(draw(st.integers(0, 3)))]
    declared = dict(NAMESPACES)
    declared["creativeCommons"] = "http://backend.userland.com/creativeCommonsRssModule"
    if draw(st.booleans()):
        del declared["atom"]
        about, items = ([part.replace("atom:link", "link") for part in parts] for parts in (about, items))
    spaces = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in declared.items())
    body = "\n".join(draw(st.permutations([*about, *items])) if form != "rdf" else about)
    if form == "atom":
        return f'<feed xmlns="http://www.w3.org/2005/Atom"{spaces}{draw(_BASES)}>{body}</feed>'
    if form == "entry":
        return f'<entry xmlns="http://www.w3.org/2005/Atom"{spaces}{draw(_BASES)}>{"".join(about)}</entry>'
    if form == "old atom":
        version = draw(st.sampled_from([' version="0.3"', "", ' version="0.2"']))
        return f'<feed xmlns="http://purl.org/atom/ns#"{version}{spaces}{draw(_BASES)}>{body}</feed>'
    if form == "rdf":
        return (f'<rdf:RDF xmlns="http://purl.org/rss/1.0/"{spaces}><channel rdf:about="https://e.example/">{body}'
                f"</channel>{''.join(items)}</rdf:RDF>")
    version = draw(st.sampled_from(["2.0", "0.91", "0.92", ""]))
    return f'<rss version="{version}"{spaces}{draw(_BASES)}><channel>{body}</channel></rss>'
