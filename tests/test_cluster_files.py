"""The cluster files are read by the libraries of those who will read them, and fit together.

No engine runs here: that a file is well formed is tested, not that a cluster comes up from it.
"""

from __future__ import annotations

import copy
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.collect.fetch.guard import Guard
from tests.cluster_checks import (
    COMPOSE,
    DOCKERFILE,
    KUBERNETES,
    ROOT,
    Refused,
    built,
    check,
    composed,
    flink_faults,
    kubernetes_faults,
    pod_specs,
    resources,
    strimzi_faults,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # the first run fetches and builds

OPERATORS = ("kafka.strimzi.io/", "flink.apache.org/")
BROUGHT = {"newsbeam-cluster-ca-cert", "newsbeam", "newsbeam-postgres"}
"""Secrets that Strimzi makes (of the cluster, of the user) and the one that the runbook says to create."""


def own() -> list[dict[str, Any]]:
    return [each for each in built() if not each["apiVersion"].startswith(OPERATORS)]


def named(kind: str, name: str) -> dict[str, Any]:
    [found] = [copy.deepcopy(each) for each in resources(kind) if each["metadata"]["name"] == name]
    return found


def containers() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for name, (_, spec) in pod_specs().items():
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            yield f"{name}/{container['name']}", container, spec


def test_kubernetes_takes_every_resource_and_every_pod_is_restricted() -> None:
    pods: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels}, "spec": spec}
        for name, (labels, spec) in pod_specs().items()]
    assert kubernetes_faults([*own(), *pods]) == []
    assert {pod["metadata"]["name"] for pod in pods} == {
        "collector", "sink", "submit", "launcher", "jobmanager", "taskmanager"}


def test_what_kubernetes_does_not_know_or_not_allow_is_found() -> None:
    unknown, wrong, free = named("Deployment", "sink"), named("Deployment", "sink"), named("Deployment", "sink")
    unknown["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    wrong["spec"]["replicas"] = "one"
    free["spec"]["template"]["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    root = named("Job", "submit")
    root["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"] = False
    found = [kubernetes_faults([each]) for each in (unknown, wrong, free, root)]
    assert [len(each) for each in found] == [1, 1, 1, 1]
    assert 'unknown field "spec.template.spec.containers[0].livenesProbe"' in found[0][0]
    assert "replicas" in found[1][0]
    assert "allowPrivilegeEscalation != false" in found[2][0]
    assert "runAsNonRoot != true" in found[3][0]


def test_the_flink_operator_takes_the_cluster() -> None:
    assert flink_faults(named("FlinkDeployment", "newsbeam")) == []


@pytest.mark.parametrize(("path", "value"), [
    (("spec", "taskManager", "replica"), 2),
    (("spec", "taskManager", "replicas"), "two"),
    (("spec", "flinkVersion"), "v1_9"),
    (("spec", "mode"), "session"),
    (("spec", "flinkConfiguration", "parallelism.default"), 1),
    (("spec", "podTemplate", "spec", "securityContext", "runAsNonroot"), True),
])
def test_what_the_flink_operator_does_not_know_is_found(path: tuple[str, ...], value: object) -> None:
    changed = named("FlinkDeployment", "newsbeam")
    target: Any = changed
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    assert len(flink_faults(changed)) == 1


def test_strimzi_takes_the_kafka_cluster_its_user_and_the_topics() -> None:
    ours = [each for each in built() if each["apiVersion"].startswith("kafka.strimzi.io/")]
    assert strimzi_faults(ours) == []
    assert len(ours) == 9


def test_what_strimzi_does_not_know_is_found() -> None:
    pool, kafka, user, topic = (named("KafkaNodePool", "nodes"), named("Kafka", "newsbeam"),
                                named("KafkaUser", "newsbeam"), named("KafkaTopic", "news.raw"))
    pool["spec"]["replica"] = 3
    kafka["spec"]["kafka"]["listeners"][0]["type"] = "inside"
    user["spec"]["authorization"]["acls"][0]["operations"][0] = "Reed"
    topic["spec"]["partitions"] = "eight"
    other = named("KafkaTopic", "news.alerts")
    other["apiVersion"] = "kafka.strimzi.io/v3"
    found = "\n".join(strimzi_faults([pool, kafka, user, topic, other]))
    for fault in ("KafkaNodePool nodes.spec: unknown [replica]", 'listeners[0].type: "inside" is read as nothing',
                  'operations[0]: "Reed" is read as null', "KafkaTopic news.raw: Cannot deserialize",
                  "KafkaTopic news.alerts: Strimzi has no version kafka.strimzi.io/v3"):
        assert fault in found


def test_compose_takes_its_file() -> None:
    assert set(composed()["services"]) == {
        "kafka", "topics", "zookeeper", "folders", "jobmanager", "taskmanager", "flink-worker", "worker-pool",
        "jobserver", "submit", "collector", "sink", "postgres", "parquet", "newsbeam"}


@pytest.mark.parametrize(("old", "new", "fault"), [
    ("  sink:\n    <<: *newsbeam\n", "  sink:\n    <<: *newsbeam\n    comand: [sink]\n", "comand"),
    ("mem_limit: 32m", "mem_limit: [32]", "mem_limit"),
    ("depends_on: {kafka:", "depends_on: {kafkas:", "kafkas"),
    ("networks: [inside, outside]", "networks: [inside, outsid]", "outsid"),
    ("secrets: [postgres-password]", "secrets: [postgres-pasword]", "postgres-pasword"),
    ("network_mode: service:jobserver", "network_mode: service:jobservers", "jobservers"),
])
def test_what_compose_does_not_know_is_found(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "compose.yaml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Refused, match=fault):
        check("compose", str(changed))


def test_buildkit_reads_the_dockerfile_without_a_warning() -> None:
    found = check("dockerfile", str(DOCKERFILE))
    assert found["warnings"] == []
    assert [stage["Name"] for stage in found["stages"]] == [
        "environment", "newsbeam", "jars", "loopback", "flink", "jobserver"]


@pytest.mark.parametrize(("old", "new"), [
    ("USER flink", "USR flink"), ("COPY --from=jars /jars/all", "COPY --form=jars /jars/all")])
def test_what_buildkit_does_not_know_is_found(tmp_path: Path, old: str, new: str) -> None:
    changed = tmp_path / "Dockerfile"
    changed.write_text(DOCKERFILE.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(Refused, match="unknown"):
        check("dockerfile", str(changed))


def test_a_folder_that_kustomize_cannot_build_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text(
        (KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8").replace("resources:", "resource:"))
    with pytest.raises(Refused, match="resource"):
        check("kustomize", str(tmp_path))


def test_every_image_goes_through_the_one_place_that_names_registries() -> None:
    images = {container["image"] for _, container, _ in containers()}
    assert images == {f"registry.example/{name}:0.1.0" for name in ("newsbeam", "newsbeam-flink", "newsbeam-jobserver")}


def test_what_pods_name_is_there_and_no_secret_is_in_the_files() -> None:
    there = {(each["kind"], each["metadata"]["name"]) for each in built()} | {("Secret", name) for name in BROUGHT}
    assert {named for named in _named_by_pods() if named not in there} == set()
    assert resources("Secret") == []
    assert "ServiceAccount" in {kind for kind, _ in _named_by_pods()}


def _named_by_pods() -> Iterator[tuple[str, str]]:
    for _, spec in pod_specs().values():
        yield "ServiceAccount", spec.get("serviceAccountName", "flink")  # Flink's is named beside the template
        for volume in spec["volumes"]:
            if "secret" in volume:
                yield "Secret", volume["secret"]["secretName"]
            if "configMap" in volume:
                yield "ConfigMap", volume["configMap"]["name"]
            if "persistentVolumeClaim" in volume:
                yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    for _, container, _ in containers():
        yield from (("ConfigMap", each["configMapRef"]["name"]) for each in container.get("envFrom", ()))
        yield from (("Secret", each["valueFrom"]["secretKeyRef"]["name"]) for each in container.get("env", ())
                    if "valueFrom" in each)


def test_every_mount_has_its_volume_and_every_volume_its_mount() -> None:
    for name, (_, spec) in pod_specs().items():
        mounted = {mount["name"] for each in (*spec.get("initContainers", ()), *spec["containers"])
                   for mount in each["volumeMounts"]}
        assert mounted == {volume["name"] for volume in spec["volumes"]}, name


def test_selectors_choose_the_pods_that_they_are_for() -> None:
    for deployment in resources("Deployment"):
        wanted = deployment["spec"]["selector"]["matchLabels"]
        assert [name for name, (labels, _) in pod_specs().items() if wanted.items() <= labels.items()] == [
            deployment["metadata"]["name"]]
    for budget in resources("PodDisruptionBudget"):
        wanted = budget["spec"]["selector"]["matchLabels"]
        assert [name for name, (labels, _) in pod_specs().items() if wanted.items() <= labels.items()] == [
            budget["metadata"]["name"]]


def test_policies_name_labels_that_pods_have_and_those_with_kafka_s_files_may_reach_it() -> None:
    theirs = {("strimzi.io/cluster", "newsbeam"), ("strimzi.io/name", "newsbeam-kafka"), ("k8s-app", "kube-dns")}
    there = {pair for labels, _ in pod_specs().values() for pair in labels.items()} | theirs
    asked = {pair for policy in resources("NetworkPolicy") for pair in _pod_labels(policy)}
    assert asked - there == set()
    for name, (labels, spec) in pod_specs().items():
        has = any(volume["name"] == "kafka-user" for volume in spec["volumes"])
        assert (labels.get("newsbeam/uses-kafka") == "true") == has, name


def _pod_labels(found: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, list):
        for each in found:
            yield from _pod_labels(each)
    elif isinstance(found, dict):
        yield from found.get("podSelector", {}).get("matchLabels", {}).items()
        for each in found.values():
            yield from _pod_labels(each)


def test_all_is_denied_that_no_policy_allows() -> None:
    spec = named("NetworkPolicy", "deny-all")["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_the_collector_reaches_no_address_by_the_network_that_its_guard_would_refuse() -> None:
    [rule] = named("NetworkPolicy", "collector-to-internet")["spec"]["egress"]
    block = rule["to"][0]["ipBlock"]
    refused = [ipaddress.ip_network(text) for text in block["except"]]
    guard = Guard()
    for network in refused:
        assert not guard.permits(str(network[1]), 443), network
    for text in ("10.1.2.3", "172.20.0.1", "192.168.7.7", "169.254.169.254", "100.64.0.9", "127.0.0.1", "0.0.0.0"):
        assert any(ipaddress.ip_address(text) in network for network in refused), text
    assert guard.permits("93.184.215.14", 443)
    assert {port["port"] for port in rule["ports"]} == guard.ports


def test_every_container_has_limits_and_only_flink_itself_may_write_its_root() -> None:
    for name, container, _ in containers():
        if container["name"] == "flink-main-container":  # Flink's resource says its memory
            continue
        assert {"requests", "limits"} <= container["resources"].keys(), name
        assert "memory" in container["resources"]["limits"], name
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert "/tmp" in {mount["mountPath"] for mount in container["volumeMounts"]}, name


def test_only_one_collector_works_on_its_state() -> None:
    spec = named("Deployment", "collector")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_compose_publishes_on_loopback_only_and_limits_every_container() -> None:
    for name, service in composed()["services"].items():
        assert {port["host_ip"] for port in service.get("ports", ())} <= {"127.0.0.1"}, name
        assert int(service["mem_limit"]) > 0, name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert not service.get("privileged"), name
    assert {name for name, service in composed()["services"].items() if service.get("ports")} == {
        "jobmanager", "postgres"}


def test_in_compose_only_the_collector_reaches_the_internet_beside_what_is_published() -> None:
    inside = {name for name, network in composed()["networks"].items() if network.get("internal")}
    out = {name for name, service in composed()["services"].items() if set(service.get("networks") or ()) - inside}
    assert (inside, out) == ({"inside"}, {"collector", "jobmanager", "postgres"})


def test_the_password_is_in_no_file_and_git_does_not_take_it() -> None:
    secret = composed()["secrets"]["postgres-password"]
    assert Path(secret["file"]) == ROOT / "deploy" / "secrets" / "postgres-password"
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    for service in composed()["services"].values():
        assert not {key for key in service.get("environment") or {} if key.endswith(("PASSWORD", "TOKEN"))}


def test_what_lives_on_has_a_volume_and_what_is_long_lived_a_health_check() -> None:
    kept = {volume["source"] for service in composed()["services"].values() for volume in service.get("volumes", ())}
    assert kept == set(composed()["volumes"])
    without = {name for name, service in composed()["services"].items()
               if service.get("healthcheck", {}).get("disable")}
    assert without == {"topics", "submit", "taskmanager", "newsbeam"}
