"""Connections to Kafka: settings, waiting, and errors that name the cluster and the way out.

Bounded waiting: unless ``LogOptions.kafka`` says otherwise, 10 s for the first contact, 20 s for a request,
60 s for the delivery of a record. A broker that is away for less goes unnoticed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import kafka.errors
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import BrokerResponseError, KafkaError, RetriableError, UnknownBrokerIdError

from pipeline.errors import LogError, WrongUsage
from pipeline.log import LogOptions
from pipeline.log.kafka_settings import Secret, checked, with_secrets
from pipeline.log.kafka_tls import tls_context

Answer = TypeVar("Answer")
_RETRY_SECONDS = 0.1


class Connection:
    """One cluster, reached with the options' settings; one thread at a time may use it.

    Raises LogError if no broker answers within ``bootstrap_timeout_ms`` (10 s), WrongUsage for settings that
    cannot be used.
    """

    def __init__(self, servers: str, options: LogOptions) -> None:
        self.servers = servers
        self.settings = checked(with_secrets(options).kafka, {
            *KafkaAdminClient.DEFAULT_CONFIG, *KafkaProducer.DEFAULT_CONFIG, *KafkaConsumer.DEFAULT_CONFIG})
        self._closed = False
        self._in_use = threading.RLock()
        if any(isinstance(value, Secret) for value in self.settings.values()):
            for name in ("kafka.net", "kafka.protocol"):  # at DEBUG they show what SASL sends, in clear
                logging.getLogger(name).setLevel(logging.INFO)
        if (context := tls_context(self.settings)) is not None:
            self.settings = {name: value for name, value in self.settings.items() if name != "ssl_password"}
            self.settings["ssl_context"] = context
        self._admin = self.started(KafkaAdminClient, {})

    def started(self, client: Any, own: Mapping[str, Any]) -> Any:
        """A client with newsbeam's settings; those in the options win, and each client gets what it knows."""
        settings = {name: value for name, value in (dict(own) | self.settings).items()
                    if name in client.DEFAULT_CONFIG}
        servers = [server.strip() for server in self.servers.split(",") if server.strip()]
        if not servers:
            raise WrongUsage("the log's address names no broker: kafka://host:9092")
        if any("@" in server for server in servers):  # not shown: it may hold a password
            raise WrongUsage("a user or a password does not belong in the log's address, which is shown; give "
                             "sasl_plain_username and sasl_plain_password in a file that NEWSBEAM_KAFKA_FILE names")
        with self.explained("reach"), _reasons() as reasons:
            try:
                return client(bootstrap_servers=servers, **settings)
            except kafka.errors.KafkaTimeoutError as error:
                raise _most_telling(reasons) or error from error

    @contextmanager
    def explained(self, purpose: str) -> Iterator[None]:
        if self._closed:
            raise LogError(f"the log {self.servers} is closed; open it again")
        if not self._in_use.acquire(blocking=False):
            raise LogError(f"the log {self.servers} is in use by another thread; each thread opens its own")
        try:
            yield
        except kafka.errors.AuthorizationError as error:
            raise LogError(f"Kafka at {self.servers} does not allow to {purpose} ({_told(error)}); "
                           "ask for the right, or create the topic there") from error
        except (kafka.errors.SaslAuthenticationFailedError,
                kafka.errors.UnsupportedSaslMechanismError) as error:
            raise LogError(f"Kafka at {self.servers} refused to log newsbeam in ({type(error).__name__}); "
                           "check sasl_mechanism, user and password") from error
        except (KafkaError, OSError, ValueError, RuntimeError, AssertionError) as error:
            raise LogError(f"cannot {purpose} Kafka at {self.servers}: {_told(error)}; "
                           f"{_way_out(error, self.settings.get('security_protocol', ''))}") from error
        finally:
            self._in_use.release()

    def ask(self, question: Callable[[Any], Answer]) -> Answer:
        """An answer by the admin's connection; what may pass by itself is asked again for a while."""
        until = time.monotonic() + self.settings["request_timeout_ms"] / 1000
        while True:
            try:
                return question(self._admin)
            except (RetriableError, UnknownBrokerIdError):  # the second: a leader that has just moved to a new broker
                if time.monotonic() > until:
                    raise
                time.sleep(_RETRY_SECONDS)

    def close(self) -> None:
        """Every later call raises; idempotent."""
        self._closed = True
        admin, self._admin = self._admin, None
        if admin is not None:
            with suppress(KafkaError):
                admin.close()


@contextmanager
def _reasons() -> Iterator[list[Exception]]:
    """What keeps kafka-python from connecting, which it only logs: the error it raises says that time is up."""
    found: list[Exception] = []

    class Listen(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            parts = record.args if isinstance(record.args, tuple) else ()
            found.extend(part for part in parts if isinstance(part, KafkaError | OSError)
                         and not isinstance(part, kafka.errors.KafkaTimeoutError))

    logger, listen = logging.getLogger("kafka.net.manager"), Listen(logging.WARNING)
    logger.addHandler(listen)
    try:
        yield found
    finally:
        logger.removeHandler(listen)


def _most_telling(reasons: Sequence[Exception]) -> Exception | None:
    """A refused login, else the last reason; that time was up is one only if there is no other."""
    refused = (kafka.errors.SaslAuthenticationFailedError, kafka.errors.UnsupportedSaslMechanismError)
    others = [each for each in reasons if not isinstance(each, kafka.errors.RequestTimedOutError)]
    logins = [each for each in reasons if isinstance(each, refused)]
    return next((some[-1] for some in (logins, others, reasons) if some), None)


def _way_out(error: BaseException, protocol: str) -> str:
    if isinstance(error, BrokerResponseError) and not isinstance(error, RetriableError):
        return "the broker refused it, see the settings of the topic and the broker"
    told = str(error).lower()
    if "certificate_verify_failed" in told:
        return ("the broker's certificate is not signed by ssl_cafile's authority, is not for the name in the "
                "address, or has expired")
    if "disconnected" in told and protocol.startswith("SASL"):  # over TLS kafka-python misses the broker's answer
        return "the broker hung up, most often since it refused the login: check sasl_mechanism, user and password"
    if "ssl" in told or "handshake" in told:
        return ("check that this port speaks TLS, that ssl_certfile and ssl_keyfile are given if the broker asks for "
                "a certificate, and that it trusts theirs")
    return "check the address, that the broker runs, and security_protocol, user and password"


def _told(error: BaseException) -> str:
    """What went wrong in one line, with the name: kafka-python often gives only one of both."""
    text = " ".join(str(error).split())
    name = type(error).__name__
    return text if name in text else f"{name}: {text}".rstrip(": ")
