"""The cluster files ask of Flink and of newsbeam what newsbeam itself asks by default, and cannot drift from it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any
from xml.etree import ElementTree

import click
import orjson
import pytest
import typer
import yaml  # type: ignore[import-untyped]
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from deploy.local.jvm import java_command
from deploy.local.session_cluster import words
from deploy.local.settings import LocalSettings
from pipeline.cli import app
from pipeline.flink.options import Job, check_options, configuration
from pipeline.log.kafka_settings import checked
from pipeline.settings import Settings
from tests.cluster_checks import COMPOSE, DOCKERFILE, KUBERNETES, ROOT, composed, pod_specs, resources

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

LOCAL = ROOT / "deploy" / "local"
PLACES = re.compile(r"""
    (jobmanager|taskmanager)\.(rpc\..*|bind-host|host|data\.port) | rest\..* | blob\.server\.port   # addresses
    | high-availability\.(type|zookeeper\.quorum|storageDir|jobmanager\.port) | high-availability\.zookeeper\..*
    | state\.(checkpoints|savepoints)\.dir | io\.tmp\.dirs | web\.tmpdir                              # folders
    | (jobmanager|taskmanager)\.memory\..* | taskmanager\.(cpu\.cores|numberOfTaskSlots)              # sizes
    """, re.VERBOSE)
"""Settings that differ from place to place; all others are the same everywhere."""
ONLY_HERE = {"cluster.evenly-spread-out-slots"}
"""What only a cluster of several task managers needs."""


def template() -> dict[str, str]:
    """Flink's settings as deploy/local runs them."""
    text = (LOCAL / "flink" / "config.yaml").read_text(encoding="utf-8")
    return flat(yaml.safe_load(Template(text).substitute({k: str(v) for k, v in words(LocalSettings()).items()})))


def flat(settings: Mapping[str, Any]) -> dict[str, str]:
    """Values as Flink reads them: texts."""
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in settings.items()}


def compose_flink() -> dict[str, str]:
    return flat(yaml.safe_load((COMPOSE.parent / "compose" / "flink.yaml").read_text(encoding="utf-8")))


def kubernetes_flink() -> dict[str, str]:
    return flat(resources("FlinkDeployment")[0]["spec"]["flinkConfiguration"])


def general(settings: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in settings.items() if not PLACES.fullmatch(key) and key not in ONLY_HERE}


def test_flink_is_set_as_it_was_run() -> None:
    assert len(general(template())) > 15
    assert general(compose_flink()) == general(template())
    assert general(kubernetes_flink()) == general(template())


def test_memory_of_state_and_network_is_what_was_run() -> None:
    sizes = ("taskmanager.memory.managed.size", "taskmanager.memory.network.min", "taskmanager.memory.network.max")
    for settings in (compose_flink(), kubernetes_flink()):
        assert {key: settings[key] for key in sizes} == {key: template()[key] for key in sizes}


def test_the_job_server_writes_into_jobs_what_the_cluster_is_set_to() -> None:
    [conf] = [each for each in resources("ConfigMap") if each["metadata"]["name"] == "jobserver"]
    settings = flat(yaml.safe_load(conf["data"]["config.yaml"]))
    rest = {"rest.address": "newsbeam-rest", "rest.port": "8081"}
    assert settings == {key: value for key, value in kubernetes_flink().items() if key in settings} | rest
    jobs = ("state.", "execution.", "restart-strategy.", "classloader.", "parallelism.")
    assert {key for key in kubernetes_flink() if key.startswith(jobs)} <= settings.keys()


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    """What every container of newsbeam has in its environment."""
    for name, service in composed()["services"].items():
        yield f"compose {name}", {key: value or "" for key, value in (service.get("environment") or {}).items()}
    maps = {each["metadata"]["name"]: each["data"] for each in resources("ConfigMap")}
    for name, (_, spec) in pod_specs().items():
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            given = {key: value for each in container.get("envFrom", ())
                     for key, value in maps[each["configMapRef"]["name"]].items()}
            yield f"kubernetes {name}/{container['name']}", given | {
                each["name"]: each.get("value", "") for each in container.get("env", ())}


def ours(environment: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environment.items() if key.startswith("NEWSBEAM_")}


def settings_of(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for key in [key for key in os.environ if key.startswith("NEWSBEAM_")]:
        monkeypatch.delenv(key)
    for key, value in ours(environment).items():
        monkeypatch.setenv(key, value)
    return Settings()


def test_every_setting_in_the_files_is_one_and_has_a_value_that_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {f"NEWSBEAM_{name.upper()}" for name in Settings.model_fields}
    seen = {key for _, environment in environments() for key in ours(environment)}
    for file in (COMPOSE, DOCKERFILE, *KUBERNETES.glob("*.yaml")):
        seen |= set(re.findall(r"NEWSBEAM_[A-Z_]+", file.read_text(encoding="utf-8")))
    assert seen - known == set()
    for _, environment in environments():
        check_options(settings_of(environment, monkeypatch), detached=True)


def test_a_job_gets_the_flags_of_newsbeam_s_own_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    default = configuration(Job(Settings(), workers=4))
    submitters = {name: environment for name, environment in environments() if "flink submit" in _script_of(name)}
    assert set(submitters) == {"compose submit", "kubernetes submit/submit"}
    for environment in submitters.values():
        asked = configuration(Job(settings_of(environment, monkeypatch), workers=4))
        assert {key for key in {*asked, *default} if asked.get(key) != default.get(key)} == {"parallelism"}


def test_two_jobs_fit_so_that_one_can_replace_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    managers = {"compose": 1, "kubernetes": resources("FlinkDeployment")[0]["spec"]["taskManager"]["replicas"]}
    slots = {"compose": compose_flink(), "kubernetes": kubernetes_flink()}
    for name, environment in environments():
        where = name.split()[0]
        if "submit" in name:
            parallelism = settings_of(environment, monkeypatch).flink_parallelism
            assert managers[where] * int(slots[where]["taskmanager.numberOfTaskSlots"]) >= 2 * parallelism


def test_kafka_s_settings_are_kafka_s_and_their_files_are_mounted() -> None:
    known = {*KafkaAdminClient.DEFAULT_CONFIG, *KafkaProducer.DEFAULT_CONFIG, *KafkaConsumer.DEFAULT_CONFIG}
    [settings] = [each["data"] for each in resources("ConfigMap") if each["metadata"]["name"] == "newsbeam"]
    given = orjson.loads(settings["NEWSBEAM_KAFKA"])
    assert checked(given, known)["security_protocol"] == "SSL"
    files = {Path(value) for key, value in given.items() if key.endswith("file")}
    assert len(files) == 3
    for name, (_, spec) in pod_specs().items():
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        for container in spec["containers"]:
            if container.get("envFrom"):
                there = {Path(mount["mountPath"]) / item["path"] for mount in container["volumeMounts"]
                         for item in volumes[mount["name"]].get("secret", {}).get("items", ())}
                assert files <= there, name


def _lines() -> Iterator[tuple[str, list[str]]]:
    """What every container of our image runs, as a list of words."""
    for name, service in composed()["services"].items():
        if service["image"].startswith("newsbeam:"):
            entry = service.get("entrypoint") or ["newsbeam"]
            yield f"compose {name}", [*entry, *(service.get("command") or ())]
    for name, (_, spec) in pod_specs().items():
        for container in spec["containers"]:
            if container["image"].startswith("registry.example/newsbeam:"):
                yield (f"kubernetes {name}/{container['name']}",
                       [*container.get("command", ["newsbeam"]), *container.get("args", ())])


def _script_of(name: str) -> str:
    return " ".join(dict(_lines()).get(name, ()))


def newsbeam_commands(line: Sequence[str]) -> Iterator[list[str]]:
    """The arguments of each newsbeam command in it, shell scripts looked into."""
    if line[0] == "newsbeam":
        yield list(line[1:])
    elif list(line[:2]) == ["sh", "-c"]:
        for each in re.findall(r"newsbeam ([^|&;]*)", line[2].replace('"$@"', " ".join(line[4:])).replace(
                '"$$@"', " ".join(line[4:]))):
            yield shlex.split(each)


def parse(arguments: list[str]) -> None:
    """Read a command line as newsbeam does, and run nothing. Raises click's errors."""
    command: Any = typer.main.get_command(app)
    context = command.make_context("newsbeam", list(arguments))
    rest = [*context._protected_args, *context.args]
    while isinstance(command, click.Group | typer.core.TyperGroup) and rest:
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
        rest = [*context._protected_args, *context.args]


def test_every_newsbeam_command_in_the_files_exists_with_its_options() -> None:
    found = {tuple(arguments) for _, line in _lines() for arguments in newsbeam_commands(line)}
    assert found == {
        ("topics", "apply", "--replication", "1"), ("flink", "status"), ("flink", "submit"), ("collect",), ("sink",),
        ("sink", "--sink", "parquet:///data/parquet")}
    for arguments in found:
        parse(list(arguments))
    told = set(re.findall(r"run --rm newsbeam ([^`#\n]+)|-c newsbeam -- newsbeam ([^`#\n]+)", "".join(
        file.read_text(encoding="utf-8") for file in (COMPOSE, *KUBERNETES.glob("*.yaml"),
                                                      ROOT / "deploy" / "RUNBOOK.md"))))
    assert len(told) > 2
    for one, other in told:
        parse(shlex.split(one or other))


@pytest.mark.parametrize("arguments", [
    ["flink", "begin"], ["topics", "apply", "--replications", "1"], ["collects"], ["sink", "--sinks", "x"]])
def test_a_command_that_is_not_newsbeam_s_is_found(arguments: list[str]) -> None:
    with pytest.raises(Exception, match=r"(?i)no such"):
        parse(arguments)


def test_workers_and_job_server_listen_where_newsbeam_expects_them() -> None:
    settings = Settings()
    pools = [line for _, line in _lines() if "deploy.local.worker_pool" in line]
    assert pools == [["python", "-m", "deploy.local.worker_pool", "--port", "50000"]] * 2
    assert settings.flink_environment_config == "127.0.0.1:50000"
    entry = job_server_entry()
    assert f"{entry[entry.index('--job-host') + 1]}:{entry[entry.index('--job-port') + 1]}" == settings.flink_job_server


def test_workers_share_the_task_manager_s_network_and_submitters_the_job_server_s() -> None:
    services = composed()["services"]
    assert {name: service["network_mode"] for name, service in services.items() if "network_mode" in service} == {
        "flink-worker": "service:taskmanager", "worker-pool": "service:taskmanager",
        "submit": "service:jobserver", "newsbeam": "service:jobserver", "folders": "none"}
    assert [each["name"] for each in pod_specs()["taskmanager"][1]["containers"]] == [
        "flink-main-container", "worker-pool"]
    assert [each["name"] for each in pod_specs()["launcher"][1]["containers"]] == ["jobserver", "newsbeam"]
    [sidecar] = pod_specs()["submit"][1]["initContainers"]
    assert (sidecar["name"], sidecar["restartPolicy"]) == ("jobserver", "Always")


def job_server_entry() -> list[str]:
    text = DOCKERFILE.read_text(encoding="utf-8").split("AS jobserver")[1]
    entry: list[str] = orjson.loads(text.split("ENTRYPOINT ")[1].replace("\\\n", ""))
    return entry


def test_the_job_server_is_started_as_it_was_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from deploy.local import jvm, session_cluster

    monkeypatch.setattr(jvm, "java", lambda: "java")
    monkeypatch.setattr(session_cluster, "jars", lambda room: Path("/opt/beam/gradle/wrapper"))
    local = list(session_cluster.jobserver(LocalSettings()).command())
    entry = job_server_entry()
    scratch = re.compile(r"-Djava\.io\.tmpdir=.*|-Dorg\.slf4j.*|-Xms.*|-XX:-UsePerfData")
    assert [word for word in local[:local.index("--flink-master")] if not scratch.match(word)] == entry[
        :entry.index("--job-host")]
    given = [word for _, service in composed()["services"].items() if service["image"].startswith("newsbeam-jobserver")
             for word in service["command"]]
    assert {word for word in local if word.startswith("--") and "=" not in word} == {
        word for word in [*entry, *given] if word.startswith("--") and "=" not in word}
    assert java_command.__module__ == "deploy.local.jvm"


def test_flink_has_the_version_that_beam_s_runner_is_built_for() -> None:
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    pom = ElementTree.parse(LOCAL / "flink" / "pom.xml")
    versions = {each.findtext("m:artifactId", "", space): each.findtext("m:version", "", space)
                for each in pom.iterfind(".//m:dependency", space)}
    [runner] = [name for name in versions if name.startswith("beam-runners-flink-")]
    image = re.search(r"FLINK_IMAGE=flink:(\d+\.\d+)\.(\d+)-", DOCKERFILE.read_text(encoding="utf-8"))
    assert image is not None
    assert runner == f"beam-runners-flink-{image[1]}"
    assert versions["flink-runtime-web"] == f"{image[1]}.{image[2]}"
    assert resources("FlinkDeployment")[0]["spec"]["flinkVersion"] == f"v{image[1].replace('.', '_')}"


def test_kafka_has_the_version_that_was_run() -> None:
    wanted = re.search(r"<artifactId>kafka_2\.13</artifactId>\s*<version>([\d.]+)<", (
        LOCAL / "kafka" / "pom.xml").read_text(encoding="utf-8"))
    assert wanted is not None
    assert composed()["services"]["kafka"]["image"] == f"apache/kafka:{wanted[1]}"
    [kafka] = resources("Kafka")
    assert kafka["spec"]["kafka"]["version"] == wanted[1]


def test_a_group_s_offsets_outlive_the_records_that_it_reads() -> None:
    kept = {topic["metadata"]["name"]: int(topic["spec"]["config"]["retention.ms"]) / 60_000
            for topic in resources("KafkaTopic")}
    longest = max(kept[name] for name in ("news.raw", "news.raw.backfill", "news.enriched"))
    [kafka] = resources("Kafka")
    for minutes in (kafka["spec"]["kafka"]["config"]["offsets.retention.minutes"],
                    composed()["services"]["kafka"]["environment"]["KAFKA_OFFSETS_RETENTION_MINUTES"]):
        assert int(minutes) > longest


def test_the_topics_of_the_files_are_the_declared_ones() -> None:
    done = subprocess.run([sys.executable, "-m", "pipeline", "topics", "strimzi"], cwd=ROOT, capture_output=True,
                          text=True, timeout=120, check=True)
    assert (KUBERNETES / "topics.yaml").read_text(encoding="utf-8") == done.stdout
