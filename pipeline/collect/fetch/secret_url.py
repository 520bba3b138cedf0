"""Addresses as they may be shown: a private feed's address is its password.

Passwords and tokens in addresses end in logs, error texts, topics and metrics unless every place that shows
an address asks here first (OWASP, "Information exposure through query strings in URL"). Works on any text,
so that a library's message with an address in it can be shown too, and never raises.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

_MASK = "***"
_USER = re.compile(r"(?<=//)[^\s/?#\\\"'<>]*@")
_BARE_USER = re.compile(r"^[^\s/?#@:]+:[^\s/?#]*@")
# A semicolon ends a value only where another name follows: passwords may hold one.
_PARAMETER = re.compile(r"(?P<name>(?<=[?&;#])[^\s?&;#=\"'<>]{1,80})=(?P<value>(?:[^\s&;#\"'<>]|;(?![^\s&;#=]+=))+)")
_PRIVATE_PART = re.compile(r"(?<=/)(private|secret)([-/])(?=[^\s/?#]*\d)[^\s/?#]{16,}", re.IGNORECASE)
_ENDINGS = ("token", "key", "secret", "password", "passwd", "pwd", "passphrase", "auth", "authorization", "signature",
            "sig", "session", "sessionid", "sid", "jwt", "credential", "credentials", "hmac", "ticket", "bearer")
_NAMES = frozenset({"pass", "pw", "code", "hash", "login", "user", "username", "otp", "pin"})
# Reddit's private feeds are ``?feed=`` and 40 hex digits: a value that nobody could have thought of is a secret too.
_RANDOM = re.compile(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9_\-]{24,}={0,2}$")


def without_secrets(url: str) -> str:
    """``url`` (or a text that holds addresses) without user, password and the values of secret parameters.

    ``https://ann:pw@news.example/feed?token=abc&page=2`` becomes ``https://news.example/feed?token=***&page=2``.
    """
    shown = _USER.sub("", _BARE_USER.sub("", url))
    shown = _PRIVATE_PART.sub(rf"\1\2{_MASK}", shown)
    return _PARAMETER.sub(_masked, shown)


def _masked(match: re.Match[str]) -> str:
    name = re.sub(r"[^a-z0-9]", "", unquote_plus(match["name"]).lower())
    is_secret = name in _NAMES or name.endswith(_ENDINGS) or _RANDOM.match(unquote_plus(match["value"]))
    return f"{match['name']}={_MASK}" if is_secret else match[0]
