"""Which outlet a page is of: the one whose feed is on the same host, else the host itself."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.collect.lists.feeds import Feed
from transforms.identify import address_key

_FRONTS = ("feeds", "feed", "rss", "news", "edition", "amp", "m", "mobile")
"""First labels of hosts that serve another host's articles or feeds."""


class Outlets:
    """Hosts of a feed list; ``name``, if given, is the outlet of everything."""

    def __init__(self, feeds: Iterable[Feed], name: str = "") -> None:
        self._name = name
        self._feeds = {feed.feed_id: feed for feed in feeds}
        hosts: dict[str, set[str]] = {}
        for feed in self._feeds.values():
            hosts.setdefault(_host(feed.url), set()).add(feed.outlet)
        self._hosts = {host: outlets.pop() for host, outlets in hosts.items() if len(outlets) == 1}

    def of(self, url: str) -> str:
        """The outlet of a page, so that it is the same article that the live lane would have."""
        host = _host(url)
        return self._name or self._hosts.get(host) or address_key(url).partition("/")[0]

    def feed(self, feed_id: str, url: str) -> Feed:
        """The feed at an address: the listed one, or one of the host's outlet."""
        known = self._feeds.get(feed_id)
        if known is not None and not self._name:
            return known
        return Feed(feed_id, url, self.of(url), known.country if known else "", known.language if known else "")


def _host(url: str) -> str:
    host = address_key(url).partition("/")[0]
    first, _, rest = host.partition(".")
    return rest if first in _FRONTS and "." in rest else host
