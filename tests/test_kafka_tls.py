"""Kafka over TLS, tried for real: a broker whose certificates are made on the spot, with and without passwords."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.broker import kafka
from deploy.local.probe import free_ports
from pipeline.errors import NewsbeamError
from pipeline.log import Log, LogOptions, NewRecord, open_log
from pipeline.log import kafka_settings as module
from pipeline.log.kafka_settings import without_secrets
from tests.kafka_broker import PASSWORD, USER, KafkaBroker, kafka_jars
from tests.missing import missing

pytestmark = pytest.mark.kafka
KEY_PASSWORD = "a key's own word"
IMPATIENT: dict[str, str | int | bool] = {"bootstrap_timeout_ms": 3000, "request_timeout_ms": 3000}

_TLS = """
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={folder}/server.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/ca.pem
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
"""


class Certificates:
    """An authority of our own, what it signed for broker and client, and an authority that nobody trusts."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            missing("openssl is missing: the certificates are made with it")
        self.folder = folder
        for authority in ("ca", "other"):
            self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={authority}",
                          "-keyout", f"{authority}.key", "-out", f"{authority}.pem")
        self._signed("server", "subjectAltName=IP:127.0.0.1")
        self._signed("client", "extendedKeyUsage=clientAuth")
        (folder / "server.pem").write_text((folder / "server.key").read_text() + (folder / "server.crt").read_text())
        self._openssl("pkcs8", "-topk8", "-in", "client.key", "-out", "client.locked", "-passout",
                      f"pass:{KEY_PASSWORD}")

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)

    def _signed(self, name: str, extension: str) -> None:
        (self.folder / f"{name}.ext").write_text(extension + "\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                      "-out", f"{name}.csr")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                      "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt")

    def _openssl(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True, timeout=60)


class TlsBroker(KafkaBroker):
    """A broker with TLS: on ``tls_port`` clients show a certificate, on ``sasl_port`` a user and a password."""

    def __init__(self, jars: Path, folder: Path, certificates: Certificates) -> None:
        super().__init__(jars, folder)
        self.tls_port, controller = free_ports(2)
        self._part = kafka(folder, self.port, controller, 512, more_listeners=(
            f",SSL://127.0.0.1:{self.tls_port},SASL_SSL://127.0.0.1:{self.sasl_port}"),
            more_settings=_TLS.format(folder=certificates.folder, user=USER, password=PASSWORD))


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, certificates: Certificates) -> Iterator[TlsBroker]:
    broker = TlsBroker(kafka_jars(), tmp_path_factory.mktemp("tls") / "broker", certificates)
    broker.start()
    yield broker
    broker.close()


@pytest.fixture
def topic() -> str:
    return f"test.{uuid.uuid4().hex}"


@pytest.fixture
def sasl(certificates: Certificates) -> dict[str, str | int | bool]:
    """Settings for the listener with passwords."""
    return {"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN", "sasl_plain_username": USER,
            "sasl_plain_password": PASSWORD, "ssl_cafile": certificates["ca.pem"]}


@pytest.fixture
def mutual(certificates: Certificates) -> dict[str, str | int | bool]:
    """Settings for the listener with certificates; the client's key is locked."""
    return {"security_protocol": "SSL", "ssl_cafile": certificates["ca.pem"], "ssl_password": KEY_PASSWORD,
            "ssl_certfile": certificates["client.crt"], "ssl_keyfile": certificates["client.locked"]}


def opened(port: int, kafka: dict[str, str | int | bool], host: str = "127.0.0.1") -> Log:
    return open_log(f"kafka://{host}:{port}", LogOptions(partitions=1, kafka=kafka))


def refusal(port: int, kafka: dict[str, str | int | bool], host: str = "127.0.0.1") -> str:
    """What a user is told who cannot get in: in bounded time, and without the secrets."""
    start = time.monotonic()
    with pytest.raises(NewsbeamError) as raised:
        opened(port, IMPATIENT | kafka, host)
    assert time.monotonic() - start < 30
    for secret in (PASSWORD, KEY_PASSWORD, "tell-nobody"):
        assert secret not in str(raised.value)
    return str(raised.value)


def use(log: Log, topic: str) -> None:
    log.append(topic, [NewRecord(b"k", b"%d" % n) for n in range(50)])
    assert [each.value for each in log.read(topic, 0, 0)] == [b"%d" % n for n in range(50)]
    log.commit(f"g.{topic}", topic, {0: 40})
    assert log.committed(f"g.{topic}", topic) == {0: 40}


def test_a_user_and_a_password_over_tls_open_the_log_and_stay_out_of_its_logs(
        broker: TlsBroker, sasl: dict[str, str | int | bool], topic: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with opened(broker.sasl_port, sasl) as log:
        use(log, topic)
    assert caplog.text
    assert PASSWORD not in caplog.text


def test_a_certificate_whose_key_is_locked_opens_the_log_and_its_password_stays_out_of_logs(
        broker: TlsBroker, mutual: dict[str, str | int | bool], topic: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with opened(broker.tls_port, mutual) as log:
        use(log, topic)
    assert caplog.text
    assert KEY_PASSWORD not in caplog.text


def test_a_worker_with_its_own_file_gets_in_with_what_travelled(
        broker: TlsBroker, sasl: dict[str, str | int | bool], topic: str, tmp_path: Path,
        certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = without_secrets(LogOptions(partitions=1, kafka=sasl | {"ssl_cafile": "of-the-launcher.pem"}))
    monkeypatch.setattr(module, "_LAUNCHED", {})
    (tmp_path / "kafka.json").write_text(json.dumps({"sasl_plain_password": PASSWORD,
                                                     "ssl_cafile": certificates["ca.pem"]}))
    monkeypatch.setenv("NEWSBEAM_KAFKA_FILE", str(tmp_path / "kafka.json"))
    with open_log(f"kafka://127.0.0.1:{broker.sasl_port}", sent) as log:
        use(log, topic)


def test_a_broker_signed_by_another_authority_is_refused(
        broker: TlsBroker, sasl: dict[str, str | int | bool], certificates: Certificates) -> None:
    told = refusal(broker.sasl_port, sasl | {"ssl_cafile": certificates["other.pem"]})
    assert "CERTIFICATE_VERIFY_FAILED" in told
    assert "not signed by ssl_cafile's authority" in told


def test_a_broker_under_another_name_than_its_certificates_is_refused(
        broker: TlsBroker, sasl: dict[str, str | int | bool]) -> None:
    assert "is not for the name in the address" in refusal(broker.sasl_port, sasl, host="localhost")


def test_a_wrong_password_over_tls_is_told_and_not_shown(
        broker: TlsBroker, sasl: dict[str, str | int | bool]) -> None:
    assert "check sasl_mechanism, user and password" in refusal(
        broker.sasl_port, sasl | {"sasl_plain_password": "tell-nobody"})


def test_a_client_without_its_certificate_is_refused(
        broker: TlsBroker, certificates: Certificates) -> None:
    told = refusal(broker.tls_port, {"security_protocol": "SSL", "ssl_cafile": certificates["ca.pem"]})
    assert "ssl_certfile" in told


def test_a_key_that_the_password_does_not_open_is_told(
        broker: TlsBroker, mutual: dict[str, str | int | bool]) -> None:
    told = refusal(broker.tls_port, mutual | {"ssl_password": "tell-nobody"})
    assert "ssl_password" in told


@pytest.mark.parametrize("setting", ["ssl_cafile", "ssl_certfile", "ssl_keyfile"])
def test_a_file_that_is_not_there_is_named(
        broker: TlsBroker, mutual: dict[str, str | int | bool], setting: str) -> None:
    told = refusal(broker.tls_port, mutual | {setting: "nowhere.pem"})
    assert f"{setting} (nowhere.pem)" in told


def test_a_client_without_tls_is_told_what_to_check(broker: TlsBroker) -> None:
    assert "security_protocol" in refusal(broker.sasl_port, {})
