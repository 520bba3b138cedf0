"""Which addresses may be fetched: a feed list comes from anywhere, and a redirect from anyone.

The address that is really connected to is checked, after DNS and for every hop and every attempt: names
that change their address between check and use (DNS rebinding) gain nothing. aiohttp's ``socket_factory``
is the place for it; a resolver would not be asked for ``http://127.0.0.1/``.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from collections.abc import Iterable

from aiohttp import AddrInfoType
from yarl import URL

from pipeline.collect.fetch.secret_url import without_secrets
from pipeline.errors import FetchError, WrongUsage

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PORTS = frozenset({80, 443, 8080, 8443})
"""Ports that may be fetched. 8080 and 8443 are where a good share of small outlets and feed bridges serve; on
public addresses alone they open nothing that is not public. ``NEWSBEAM_ALLOW_PORTS`` names others."""
LONGEST_URL = 8000
"""Characters: what servers are advised to take at least (RFC 9110 §4.1); longer ones are an attack or a slip."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NUMBERS = re.compile(r"(?:0[xX][0-9a-fA-F]*|\d+)(?:\.(?:0[xX][0-9a-fA-F]*|\d+)){0,3}\.?")

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


class RefusedAddress(OSError):
    """A connection was about to be made to an address or port that is not open to us.

    An OSError, so that a host with another, public address is reached there.
    """

    def __init__(self, what: str) -> None:
        super().__init__(errno.EACCES, what)


_NOT_PUBLIC = "is no public address"
_NOT_OPEN = "is no port that is fetched"


class Guard:
    """Lets public addresses on ``ports`` through, and the ``allowed`` networks on any port.

    Raises WrongUsage for what is no network or no port.
    """

    def __init__(self, allowed: Iterable[str] = (), ports: Iterable[int] = PORTS) -> None:
        self.allowed = tuple(_network(text) for text in allowed)
        self.ports = frozenset(_port(number) for number in ports)

    def permits(self, address: str, port: int) -> bool:
        """Whether ``address`` (IPv4 or IPv6, numeric) may be connected to on ``port``."""
        return not self._refusal(address, port)

    def _refusal(self, address: str, port: int) -> str:
        """Why not, or ""."""
        ip = _unmapped(ipaddress.ip_address(address.partition("%")[0]))
        if self._is_allowed(ip):
            if ip not in _NAT64:
                return ""
            ip = ipaddress.ip_address(ip.packed[-4:])  # the way is open, but where it leads counts
            if self._is_allowed(ip):
                return ""
        if not _is_public(ip):
            return f"{address} {_NOT_PUBLIC}"
        return "" if port in self.ports else f"{port} of {address} {_NOT_OPEN}"

    def _is_allowed(self, ip: Address) -> bool:
        return any(ip in network for network in self.allowed if network.version == ip.version)

    def socket(self, info: AddrInfoType) -> socket.socket:
        """aiohttp's ``socket_factory``: a socket for an address that may be connected to.

        Raises RefusedAddress for any other.
        """
        family, kind, protocol, _, place = info
        if family not in (socket.AF_INET, socket.AF_INET6):
            raise RefusedAddress(f"address family {family} {_NOT_PUBLIC}")
        refusal = self._refusal(str(place[0]), int(place[1]))
        if refusal:
            raise RefusedAddress(refusal)
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    def check_url(self, text: str) -> URL:
        """The URL to request. Raises FetchError ``bad-url`` for what is no http(s) address,
        ``refused-address`` and ``refused-port`` for what no name look-up could make right."""
        shown = without_secrets(text)[:200]
        if len(text) > LONGEST_URL:
            raise FetchError("bad-url", f"{shown!r}… has {len(text):,} characters, more than {LONGEST_URL:,}")
        try:
            url = URL(text)
            port = url.port
        except ValueError as error:
            raise FetchError("bad-url", f"{shown!r} is no address: {without_secrets(str(error))}") from None
        if url.scheme not in ("http", "https") or not url.host or not port:
            raise FetchError("bad-url", f"{shown!r} is no http or https address")
        address = _literal(url.host)
        refusal = self._refusal(address, port) if address else ""
        if not refusal and not address and port not in self.ports and not self.allowed:
            refusal = f"{port} of {url.host} {_NOT_OPEN}"
        if refusal:
            raise refused(refusal)
        return url


def refused(explanation: str) -> FetchError:
    """The error for a refusal, with the way out."""
    if _NOT_OPEN in explanation:
        return FetchError("refused-port", f"port {explanation}; NEWSBEAM_ALLOW_PORTS names those that are, "
                                          "--allow-network opens a network for all")
    return FetchError("refused-address", f"{explanation}; --allow-network opens a network")


def refusal_in(error: BaseException) -> str:
    """What the guard said, if a failed connection was its doing (aiohttp may have merged several errors)."""
    cause: BaseException | None = error
    while cause is not None:
        said = getattr(cause, "strerror", None) or str(cause)
        if isinstance(cause, RefusedAddress) or _NOT_PUBLIC in said or _NOT_OPEN in said:
            return str(said)
        cause = cause.__cause__ or getattr(cause, "os_error", None)
    return ""


def _literal(host: str) -> str:
    """The address that ``host`` spells, in any of the ways that C libraries read (``127.1``, ``0x7f.1``,
    ``2130706433``, ``0``); "" for a name."""
    try:
        return str(ipaddress.ip_address(host.partition("%")[0].rstrip(".")))
    except ValueError:
        pass
    if not _NUMBERS.fullmatch(host):
        return ""
    try:
        return socket.inet_ntoa(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return ""


def _unmapped(ip: Address) -> Address:
    """The IPv4 address that the kernel would connect to for ``::ffff:127.0.0.1``."""
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip


def _is_public(ip: Address) -> bool:
    special = any(ip in network for network in _ALSO_REFUSED if network.version == ip.version)
    return ip.is_global and not special and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise WrongUsage(f"--allow-network {text!r} is no network such as 127.0.0.0/8: {error}") from None


def _port(number: int) -> int:
    if not 1 <= number <= 65_535:
        raise WrongUsage(f"NEWSBEAM_ALLOW_PORTS: {number} is no port; name numbers from 1 to 65535")
    return number
