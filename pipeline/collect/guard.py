"""Which addresses may be fetched: a feed list comes from anywhere, and a redirect from anyone.

The address that is really connected to is checked, after DNS and for every hop and every attempt: names
that change their address between check and use (DNS rebinding) gain nothing. aiohttp's ``socket_factory``
is the place for it; a resolver would not be asked for ``http://127.0.0.1/``.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterable

from aiohttp import AddrInfoType
from yarl import URL

from pipeline.errors import FetchError, WrongUsage

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = frozenset({80, 443})

# ``is_global`` follows IANA's special-purpose registries, but not for addresses that carry another one
# inside, and not for all of 192.0.0.0/24 (Python 3.11.7).
_ALSO_REFUSED: tuple[Network, ...] = tuple(ipaddress.ip_network(text) for text in (
    "192.0.0.0/24",       # IETF protocol assignments (RFC 6890)
    "100.64.0.0/10",      # shared by carriers (RFC 6598)
    "192.88.99.0/24",     # 6to4 relays (RFC 7526)
    "2002::/16",          # 6to4: an IPv4 address inside (RFC 3056)
    "64:ff9b::/96",       # NAT64: an IPv4 address inside (RFC 6052)
    "64:ff9b:1::/48",     # NAT64, local use (RFC 8215)
    "2001::/23",          # Teredo and other protocol assignments (RFC 4380, RFC 2928)
    "::/96",              # IPv4-compatible, deprecated (RFC 4291)
    "fec0::/10",          # site-local, deprecated (RFC 3879)
))


class ForbiddenAddress(OSError):
    """A connection was about to be made to an address that is not public.

    An OSError, so that a host with another, public address is reached there.
    """

    def __init__(self, address: str) -> None:
        super().__init__(errno.EACCES, f"{address} is {_FORBIDDEN}")


_FORBIDDEN = "no public address with port 80 or 443"


class Guard:
    """Lets public addresses on ports 80 and 443 through, and the given networks on any port."""

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self.allowed = tuple(_network(text) for text in allowed)

    def permits(self, address: str, port: int) -> bool:
        """Whether ``address`` (IPv4 or IPv6, numeric) may be connected to on ``port``."""
        ip: Address = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        if any(ip in network for network in self.allowed if network.version == ip.version):
            return True
        return port in PORTS and _is_public(ip)

    def socket(self, info: AddrInfoType) -> socket.socket:
        """aiohttp's ``socket_factory``: a socket for an address that may be connected to.

        Raises ForbiddenAddress for any other.
        """
        family, kind, protocol, _, place = info
        if family not in (socket.AF_INET, socket.AF_INET6):
            raise ForbiddenAddress(f"address family {family}")
        if not self.permits(str(place[0]), int(place[1])):
            raise ForbiddenAddress(f"{place[0]} port {place[1]}")
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    def check_url(self, text: str) -> URL:
        """The URL to request. Raises FetchError ``bad-url`` for what is no http(s) address,
        ``forbidden-address`` for a port that no network in use could allow."""
        try:
            url = URL(text)
            port = url.port
        except ValueError as error:
            raise FetchError("bad-url", f"{text[:200]!r} is no address: {error}") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise FetchError("bad-url", f"{text[:200]!r} is no http or https address")
        if port not in PORTS and not self.allowed:
            raise FetchError("forbidden-address", f"port {port} of {url.host}: only 80 and 443 are fetched "
                                                  "(--allow-network opens a network for all ports)")
        return url


def is_refusal(error: BaseException) -> bool:
    """Whether a failed connection was the guard's doing (aiohttp may have merged several errors)."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ForbiddenAddress) or _FORBIDDEN in str(cause):
            return True
        cause = cause.__cause__
    return False


def _is_public(ip: Address) -> bool:
    special = any(ip in network for network in _ALSO_REFUSED if network.version == ip.version)
    return ip.is_global and not special and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise WrongUsage(f"--allow-network {text!r} is no network such as 127.0.0.0/8: {error}") from None
