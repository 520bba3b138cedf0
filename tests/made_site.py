"""A small news site on loopback: pages as publishing systems make them, barriers, dead ends and detours."""

# ruff: noqa: E501 - markup in lines as a server sends it
from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from pipeline.collect.parse.entry import Entry
from tests.made_barriers import barriers
from tests.made_pages import STYLES, MadePage, Story, stories
from tests.web_server import Handler, Page, WebServer

HTML = {"Content-Type": "text/html; charset=utf-8"}


@dataclass(frozen=True)
class Site:
    """The server, and the stories on it by language."""

    web: WebServer
    stories: dict[str, Story]

    def entry(self, path: str, language: str = "en", teaser: str = "", title: str = "") -> Entry:
        """An entry of a feed that teases the story at ``path``."""
        story = self.stories[language]
        return Entry(f"id-{path}", self.web.url(path), title or story.title, teaser or story.paragraphs[0][:120] + "…", "",
                     (), None, "", None, dated="missing")


def made_site(web_server: WebServer) -> Site:
    """Fill a server: ``/<style>/<language>`` for each style, ``/barrier/<name>``, and the odd ends below."""
    found = {one.language: one for one in reversed(stories(4))}
    site = Site(web_server, found)
    for style in STYLES[:10]:
        for language, story in found.items():
            others = [one for one in stories() if one.language == language and one is not story][:4]
            if len(others) >= 3:
                put(web_server, f"/{style.__name__}/{language}", style(story, others))
    for barrier in barriers():
        web_server.pages[f"/barrier/{barrier.name}"] = Page(barrier.html.encode(), headers=HTML)
    _odd_ends(web_server, found["en"])
    return site


def put(web_server: WebServer, path: str, made: MadePage) -> None:
    """A made page at a path."""
    web_server.pages[path] = Page(made.html, headers=HTML)


def _odd_ends(web_server: WebServer, story: Story) -> None:
    body = "".join(f"<p>{part}</p>" for part in story.paragraphs)
    title = f"<title>{story.title}</title>"
    pages = {
        "/robots.txt": "User-agent: *\nDisallow: /private/\n",
        "/private/story": f"{title}<article><h1>{story.title}</h1>{body}</article>",
        "/": f"{title}<h1>The front page</h1>{body}",
        "/empty-with-amp": f'<html><head>{title}<link rel="amphtml" href="/the-amp"></head><body><div id="app"></div></body></html>',
        "/the-amp": f"<html ⚡><head>{title}</head><body><article><h1>{story.title}</h1>{body}</article></body></html>",
        "/empty-with-canonical": f'<html><head>{title}<link rel="canonical" href="/the-amp"></head><body><p>…</p></body></html>',
        "/empty-with-foreign": f'<html><head>{title}<link rel="amphtml" href="http://other.example/amp"></head><body></body></html>',
        "/full-with-amp": f'<html><head>{title}<link rel="amphtml" href="/the-amp"></head><body><article><h1>{story.title}</h1>{body}</article></body></html>',
        "/brief": f"<html><head>{title}</head><body><article><h1>{story.title}</h1><p>{story.paragraphs[0][:100]}.</p></article></body></html>",
        "/other": "<html><head><title>Weather</title></head><body><article><h1>Weather for the weekend</h1>"
                  + "<p>Rain is expected in most parts of the country, with some sun along the coast in the afternoon.</p>" * 2
                  + "<p>Temperatures stay between eight and twelve degrees, colder in the hills and at night everywhere.</p></article></body></html>",
        "/crash": "<html><body>CRASH</body></html>",
    }
    for path, text in pages.items():
        kind = {"Content-Type": "text/plain"} if path.endswith(".txt") else HTML
        web_server.pages[path] = Page(text.encode(), headers=kind)
    web_server.pages["/picture"] = Page(b"\x89PNG\r\n\x1a\n" + bytes(100), headers={"Content-Type": "image/png"})
    web_server.pages["/broken"] = Page(b"no", 503)
    web_server.pages["/huge"] = Page(b"<p>" + b"x" * 6_000_000, headers=HTML)
    web_server.pages["/moved"] = _to("/the-amp")
    web_server.pages["/home-again"] = _to("/")


def _to(path: str) -> Handler:
    async def answer(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(path)
    return answer
