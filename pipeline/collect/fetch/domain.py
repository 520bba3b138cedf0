"""Who is asked: the registrable domain of an address, by the public suffix list that the package brings along.

Only the list's ICANN part counts: the blogs of one host (``a.blogspot.com``, ``b.blogspot.com``) are one
operator's servers with one limit for all (FreshRSS issue 8925 saw it at Tumblr). Nothing is ever fetched.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

_SUFFIXES = PublicSuffixList(only_icann=True)


def host_of(url: str) -> str:
    """The host of an address in lower case, "" if it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


@lru_cache(maxsize=1 << 16)
def registrable(host: str) -> str:
    """``bbc.co.uk`` for ``feeds.bbc.co.uk``; the host itself where there is no such domain (addresses, names
    of an own network, a public suffix)."""
    return host if is_address(host) else _SUFFIXES.privatesuffix(host) or host


def is_public(host: str) -> bool:
    """Whether a host is a name of the public web, where one operator stands behind a registrable domain.

    No address, and no name without a dot or with a top-level domain that RFC 6761, 6762 and 8375 set aside.
    """
    return "." in host and not is_address(host) and not host.endswith(_OWN)


def is_address(host: str) -> bool:
    """Whether a host is a literal IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


_OWN = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".test")
