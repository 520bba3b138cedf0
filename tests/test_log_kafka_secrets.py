"""Secrets of the Kafka log: they never travel with the graph, and workers find their own."""

from __future__ import annotations

import base64
import bz2
import pickle
import re
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.internal import pickler

from pipeline.cli.options import settings_of
from pipeline.enrich import build
from pipeline.errors import WrongUsage
from pipeline.log import LogOptions, open_log
from pipeline.log import kafka_settings as module
from pipeline.log.kafka_settings import settings_in, with_secrets, without_secrets
from pipeline.plan import Plan, plan_run
from pipeline.read_log import LogAddress
from pipeline.settings import Settings

PASSWORD, KEY_PASSWORD = "tell-nobody; \"quoted\"", "nor-this-one"
KAFKA: dict[str, str | int | bool] = {
    "security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN", "sasl_plain_username": "newsbeam",
    "sasl_plain_password": PASSWORD, "ssl_password": KEY_PASSWORD, "ssl_cafile": "launcher/ca.pem",
    "request_timeout_ms": 5000}
OPTIONS = LogOptions(partitions=7, kafka=KAFKA)
FILE_TEXT = '{"sasl_plain_password": "of-the-worker", "ssl_password": "too", "ssl_cafile": "worker/ca.pem"}'


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a worker that is not the launching process."""
    monkeypatch.setattr(module, "_LAUNCHED", {})


def opened(content: bytes) -> bytes:
    """``content`` and all that is packed inside it, as Beam packs functions: base64 of bz2 or zlib."""
    found = [content]
    for part in re.findall(rb"[A-Za-z0-9+/]{40,}={0,2}", content):
        for unpack in (bz2.decompress, zlib.decompress):
            with suppress(Exception):
                found.append(opened(unpack(base64.b64decode(part))))
    return b"\0".join(found)


def graph(plan: Plan) -> bytes:
    p = beam.Pipeline()
    build(p, plan)
    return opened(p.to_runner_api().SerializeToString())


def test_options_on_their_way_hold_no_secret_and_name_what_they_left_behind() -> None:
    sent = without_secrets(OPTIONS)
    assert sent.withheld == ("sasl_plain_password", "ssl_password")
    assert sent.kafka == {name: KAFKA[name] for name in KAFKA if name not in sent.withheld}
    assert sent.partitions == 7
    for packed in (pickle.dumps(sent), opened(pickler.dumps(sent)), repr(sent).encode()):
        assert PASSWORD.encode() not in packed
        assert KEY_PASSWORD.encode() not in packed


def test_options_do_not_show_their_secrets() -> None:
    assert PASSWORD not in repr(OPTIONS)
    assert PASSWORD not in repr(Settings(kafka=KAFKA))


def test_a_proxy_with_a_password_in_its_address_is_a_secret() -> None:
    sent = without_secrets(LogOptions(kafka={"socks5_proxy": "socks5://user:word@proxy:1080"}))
    assert (sent.kafka, sent.withheld) == ({}, ("socks5_proxy",))
    assert without_secrets(LogOptions(kafka={"socks5_proxy": "socks5://proxy:1080"})).withheld == ()


def test_in_the_launching_process_the_options_come_back_as_they_were() -> None:
    other = LogOptions(kafka=KAFKA | {"sasl_plain_password": "another"})
    first, second, again = without_secrets(OPTIONS), without_secrets(other), without_secrets(OPTIONS)
    assert with_secrets(pickle.loads(pickle.dumps(first)), {}) == OPTIONS
    assert with_secrets(second, {}) == other
    assert again == first


def test_options_without_secrets_and_those_that_never_travelled_are_left_alone() -> None:
    assert without_secrets(LogOptions()) == LogOptions()
    assert with_secrets(OPTIONS, {"NEWSBEAM_KAFKA": '{"sasl_plain_password": "x"}'}) is OPTIONS
    sent = without_secrets(OPTIONS)
    assert without_secrets(sent) is sent


def test_a_worker_takes_secrets_and_paths_from_its_own_file_and_the_rest_from_the_graph(
        elsewhere: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = without_secrets(OPTIONS)
    monkeypatch.setattr(module, "_LAUNCHED", {})
    (tmp_path / "kafka.json").write_text(FILE_TEXT)
    whole = with_secrets(sent, {"NEWSBEAM_KAFKA_FILE": str(tmp_path / "kafka.json")})
    assert whole.kafka == KAFKA | {"sasl_plain_password": "of-the-worker", "ssl_password": "too",
                                   "ssl_cafile": "worker/ca.pem"}
    assert (whole.withheld, whole.launch, whole.partitions) == ((), "", 7)


def test_the_variable_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "kafka.json").write_text(FILE_TEXT)
    assert settings_in({"NEWSBEAM_KAFKA_FILE": str(tmp_path / "kafka.json"),
                        "NEWSBEAM_KAFKA": '{"ssl_password": "variable"}'}) == {
        "sasl_plain_password": "of-the-worker", "ssl_password": "variable", "ssl_cafile": "worker/ca.pem"}


def test_a_worker_without_a_secret_names_it_the_variable_and_the_way_out(
        monkeypatch: pytest.MonkeyPatch) -> None:
    sent = without_secrets(OPTIONS)
    monkeypatch.setattr(module, "_LAUNCHED", {})
    with pytest.raises(WrongUsage, match=r"no sasl_plain_password and no ssl_password .*NEWSBEAM_KAFKA_FILE, the"):
        with_secrets(sent, {})
    with pytest.raises(WrongUsage, match="has no ssl_password for Kafka"):
        with_secrets(sent, {"NEWSBEAM_KAFKA": '{"sasl_plain_password": "x"}'})
    monkeypatch.setenv("NEWSBEAM_KAFKA", '{"sasl_plain_password": "x"}')
    with pytest.raises(WrongUsage, match="has no ssl_password"):
        open_log("kafka://127.0.0.1:9", sent)


@pytest.mark.parametrize(("text", "said"), [
    ('{"sasl_plain_password": "tell-nobody"', r"is not JSON \(line 1, column \d+\)"),
    ('["tell-nobody"]', "must be a JSON object, not a list"),
    ('{"sasl_plain_password": ["tell-nobody"]}', "the value of sasl_plain_password must be a text"),
    ('{"sasl_plain_password": null}', "the value of sasl_plain_password must be a text")])
def test_a_file_that_cannot_be_used_is_named_and_not_shown(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "kafka.json"
    path.write_text(text)
    for settings in ({"NEWSBEAM_KAFKA_FILE": str(path)}, {"NEWSBEAM_KAFKA": text}):
        with pytest.raises(WrongUsage, match=said) as raised:
            settings_in(settings)
        assert "tell-nobody" not in str(raised.value)
        assert raised.value.__cause__ is None
    with pytest.raises(WrongUsage, match=re.escape(f"NEWSBEAM_KAFKA_FILE ({path})")):
        settings_in({"NEWSBEAM_KAFKA_FILE": str(path)})


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"NEWSBEAM_KAFKA_FILE: .*none\.json cannot be read: No such file"):
        settings_in({"NEWSBEAM_KAFKA_FILE": str(tmp_path / "none.json")})


def test_the_setting_names_a_file_over_which_single_settings_win(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kafka.json").write_text(FILE_TEXT)
    monkeypatch.setenv("NEWSBEAM_KAFKA_FILE", str(tmp_path / "kafka.json"))
    monkeypatch.setenv("NEWSBEAM_KAFKA", '{"ssl_password": "variable", "request_timeout_ms": 9}')
    assert settings_of().log_options.kafka == {
        "sasl_plain_password": "of-the-worker", "ssl_password": "variable", "ssl_cafile": "worker/ca.pem",
        "request_timeout_ms": 9}


def test_a_variable_that_is_not_json_is_wrong_usage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSBEAM_KAFKA", '{"ssl_password": "tell-nobody"')
    with pytest.raises(WrongUsage, match="NEWSBEAM_KAFKA") as raised:
        settings_of()
    assert "tell-nobody" not in str(raised.value)


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(WrongUsage, match="NEWSBEAM_KAFKA_FILE") as raised:
        open_log("kafka://newsbeam:tell-nobody@127.0.0.1:9")
    assert "tell-nobody" not in str(raised.value)


def test_a_graph_as_a_cluster_stores_it_holds_no_secret(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, kafka=KAFKA)
    with open_log(settings.log_url, settings.log_options) as log:
        plan = plan_run(log, settings)
    assert with_secrets(plan.address.options, {}).kafka == KAFKA
    careless = replace(plan, address=LogAddress(plan.address.url, OPTIONS))
    assert KEY_PASSWORD.encode() in graph(careless)  # else the next lines could not fail
    stored = graph(plan)
    assert KEY_PASSWORD.encode() not in stored
    assert PASSWORD.encode() not in stored
