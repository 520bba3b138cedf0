"""What reads the cluster files in tests: the libraries and definitions of those who read them in earnest.

``tests/cluster_files/`` has a small Go program (Kubernetes, kustomize, Compose, BuildKit) and a small Java one
(Strimzi); both and the Flink operator's resource definitions are fetched once by Go and Maven and kept in
``~/.cache/newsbeam``. Where they are missing the tests are skipped, where CI=true they fail.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml  # type: ignore[import-untyped]
from jsonschema import Draft202012Validator

from pipeline.cache_folder import cache_folder
from tests.missing import missing

ROOT = Path(__file__).parents[1]
SOURCES = Path(__file__).parent / "cluster_files"
KUBERNETES = ROOT / "deploy" / "kubernetes"
COMPOSE = ROOT / "deploy" / "compose.yaml"
DOCKERFILE = ROOT / "deploy" / "Dockerfile"
FETCH_SECONDS = 900.0
CHECK_SECONDS = 240.0


class Refused(Exception):
    """A file that its reader would not take; the text is the reader's."""


def _cached(kind: str, sources: Iterable[Path]) -> Path:
    """A folder of the cache whose name carries a fingerprint of what it is made from."""
    print_of = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:12]
    return cache_folder() / f"{kind}-{print_of}"


def _make(folder: Path, command: Sequence[str], environment: Mapping[str, str] = {}) -> None:
    """Run what fills ``{}`` in the command, a fresh folder, and put it in place whole."""
    fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
    fresh.mkdir(parents=True)
    try:
        done = subprocess.run([word.replace("{}", str(fresh)) for word in command], cwd=SOURCES, capture_output=True,
                              text=True, timeout=FETCH_SECONDS, env={**os.environ, **environment})
        if done.returncode:
            missing(f"{command[0]} could not make {folder.name}: {done.stdout[-600:]}{done.stderr[-600:]}")
        if not folder.is_dir():
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


@functools.cache
def _checker() -> Path:
    folder = _cached("cluster-check", [*SOURCES.glob("*.go"), *SOURCES.glob("go.*")])
    if not folder.is_dir():
        if (go := shutil.which("go")) is None:
            missing("go is missing: it builds what reads the cluster files (Go 1.26 or newer)")
        _make(folder, [go, "build", "-trimpath", "-o", "{}/check", "."],
              {"CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"})
    return folder / "check"


@functools.cache
def _jars() -> Path:
    folder = _cached("cluster-jars", [SOURCES / "pom.xml"])
    if not folder.is_dir():
        if (maven := shutil.which("mvn")) is None:
            missing("mvn is missing: it fetches the operators' definitions (Debian: apt-get install maven)")
        _make(folder, [maven, "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime",
                       "-DoutputDirectory={}"])
    return folder


def check(command: str, *arguments: str, given: bytes = b"", environment: Mapping[str, str] = {}) -> Any:
    """What the Go program finds. Raises Refused for a file that cannot be read at all."""
    done = subprocess.run([str(_checker()), command, *arguments], input=given, capture_output=True,
                          timeout=CHECK_SECONDS, env={**os.environ, **environment})
    if done.returncode:
        raise Refused(done.stderr.decode())
    return orjson.loads(done.stdout)


def kubernetes_faults(resources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Unknown fields, wrong types, and pods that are not "restricted", by Kubernetes' own code."""
    found: list[str] = check("kubernetes", given=yaml.safe_dump_all(list(resources)).encode())
    return found


def strimzi_faults(resources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Unknown or missing fields, wrong types and words, by Strimzi's own types."""
    if (java := shutil.which("java")) is None:
        missing("java is missing: Strimzi's types need Java 17")
    done = subprocess.run([java, "-XX:TieredStopAtLevel=1", "-cp", f"{_jars()}/*", str(SOURCES / "Strimzi.java")],
                          input=orjson.dumps(list(resources)), capture_output=True, timeout=CHECK_SECONDS)
    assert done.returncode == 0, done.stderr.decode()
    found: list[str] = orjson.loads(done.stdout)
    return found


def flink_faults(resource: Mapping[str, Any]) -> list[str]:
    """Unknown fields and wrong types, by the definition that the Flink operator installs."""
    return [f"{error.json_path}: {error.message[:200]}" for error in _flink_validator().iter_errors(resource)]


@functools.cache
def _flink_validator() -> Any:
    [jar] = _jars().glob("flink-kubernetes-operator-api-*.jar")
    definition = yaml.safe_load(zipfile.ZipFile(jar).read("META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml"))
    [version] = [each for each in definition["spec"]["versions"] if each["name"] == "v1beta1"]
    schema = version["schema"]["openAPIV3Schema"]
    schema["properties"] |= {"apiVersion": {"const": "flink.apache.org/v1beta1"}, "kind": {"const": "FlinkDeployment"},
                             "metadata": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return Draft202012Validator(_strict(schema))


def _strict(schema: Any) -> Any:
    """The schema with unknown fields refused, as the API server does with fieldValidation=Strict."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema and not schema.get(
            "x-kubernetes-preserve-unknown-fields"):
        strict["additionalProperties"] = False
    return strict


@functools.cache
def built() -> tuple[dict[str, Any], ...]:
    """What ``kubectl apply -k deploy/kubernetes`` would send."""
    return tuple(check("kustomize", str(KUBERNETES)))


def resources(kind: str) -> list[dict[str, Any]]:
    """Those of one kind."""
    return [each for each in built() if each["kind"] == kind]


@functools.cache
def composed() -> dict[str, Any]:
    """The Compose project with all profiles and nothing set in the environment."""
    project: dict[str, Any] = check("compose", str(COMPOSE))
    return project


def pod_specs() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Labels and spec of every pod that is newsbeam's own or Flink's, by name."""
    templates = {each["metadata"]["name"]: each["spec"]["template"]
                 for each in built() if each["kind"] in ("Deployment", "Job")}
    found = {name: (template["metadata"]["labels"], template["spec"]) for name, template in templates.items()}
    [flink] = resources("FlinkDeployment")
    for component in ("jobManager", "taskManager"):
        template = merged(flink["spec"]["podTemplate"], flink["spec"][component]["podTemplate"])
        for container in template["spec"]["containers"]:
            if container["name"] == "flink-main-container":
                container["image"] = flink["spec"]["image"]
        found[component.lower()] = (template["metadata"]["labels"], template["spec"])
    return found


def merged(one: Any, two: Any) -> Any:
    """Two pod templates as the operator joins them: lists of named things by name."""
    if isinstance(one, dict) and isinstance(two, dict):
        return {key: merged(one[key], two[key]) if key in one and key in two else one.get(key, two.get(key))
                for key in {**one, **two}}
    if isinstance(one, list) and isinstance(two, list):
        names = {each["name"]: each for each in two}
        return [merged(each, names.pop(each["name"])) if each["name"] in names else dict(each) for each in one] + [
            dict(each) for each in names.values()]
    return two
