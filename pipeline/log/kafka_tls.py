"""TLS to Kafka: the context is made here, so that a wrong file or key password is named before anything connects."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import WrongUsage

FILES = ("ssl_cafile", "ssl_certfile", "ssl_keyfile", "ssl_crlfile")


def tls_context(settings: Mapping[str, Any]) -> ssl.SSLContext | None:
    """The context that the settings describe; None where they ask for no TLS. At least TLS 1.2, names checked.

    Raises WrongUsage, which names the setting and never shows the key's password.
    """
    if settings.get("security_protocol") not in ("SSL", "SASL_SSL"):
        return None
    for name in FILES:
        _check_readable(name, settings.get(name))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = bool(settings.get("ssl_check_hostname", True))
    _trust(context, settings)
    if certificate := settings.get("ssl_certfile"):
        _show_certificate(context, certificate, settings.get("ssl_keyfile"), str(settings.get("ssl_password") or ""))
    if ciphers := settings.get("ssl_ciphers"):
        try:
            context.set_ciphers(ciphers)
        except ssl.SSLError as error:
            raise WrongUsage(f"the Kafka setting ssl_ciphers names no cipher that is there: {error.reason}") from None
    return context


def _check_readable(name: str, path: object) -> None:
    if path:
        try:
            with Path(str(path)).open("rb"):
                pass
        except OSError as error:
            raise WrongUsage(f"the Kafka setting {name} ({path}) names a file that cannot be read here: "
                             f"{error.strerror}; correct the path, or the file's rights") from None


def _trust(context: ssl.SSLContext, settings: Mapping[str, Any]) -> None:
    name = "ssl_cafile"
    try:
        if settings.get("ssl_cafile"):
            context.load_verify_locations(settings["ssl_cafile"])
        else:
            context.load_default_certs()
        name = "ssl_crlfile"
        if settings.get("ssl_crlfile"):
            context.load_verify_locations(settings["ssl_crlfile"])
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    except ssl.SSLError as error:
        raise WrongUsage(f"the Kafka setting {name} ({settings[name]}) is no PEM file of certificates: "
                         f"{error.reason or 'nothing found in it'}") from None


def _show_certificate(context: ssl.SSLContext, certificate: str, key: str | None, password: str) -> None:
    try:
        # Always a password, since OpenSSL would ask the terminal for one that is missing.
        context.load_cert_chain(certificate, key, lambda: password)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or "the key is locked"
        raise WrongUsage(f"the Kafka settings ssl_certfile ({certificate}) and ssl_keyfile ({key or 'the same file'}) "
                         f"do not go together, or ssl_password does not open the key: {reason}") from None
