"""Flink as parts: job manager, task managers, and Beam's job server, which turns Beam's graphs into Flink's jobs."""

from __future__ import annotations

from deploy.local.jars import jars
from deploy.local.jvm import SMALL, fill, java_command
from deploy.local.part import Part
from deploy.local.probe import HOST, listens, rest
from deploy.local.settings import LocalSettings

FRAMEWORK_HEAP_MB = FRAMEWORK_OFF_HEAP_MB = 128
METASPACE_MB = 256


def words(settings: LocalSettings) -> dict[str, object]:
    """What stands for each word in ``flink/config.yaml``."""
    return {**{field: getattr(settings, field) for field in LocalSettings.model_fields},
            "folder": settings.folder, "state": settings.state_folder,
            "high_availability": "zookeeper" if settings.high_availability else "NONE"}


def _configure(settings: LocalSettings, name: str) -> None:
    """Write a part's own ``config.yaml``, and make the folders that it names."""
    for each in ("checkpoints", "savepoints", "high-availability"):
        (settings.state_folder / each).mkdir(parents=True, exist_ok=True)
    fill("flink/config.yaml", settings.folder / "conf" / name / "config.yaml", **words(settings))


def jobmanager(settings: LocalSettings) -> Part:
    """The session cluster's head: takes jobs, watches checkpoints, serves REST and the web page."""
    folder, port = settings.folder, settings.rest_port

    def command() -> list[str]:
        return java_command(
            jars("flink"), "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
            settings.jobmanager_heap_mb, folder / "tmp" / "jobmanager",
            options=["-XX:+UseSerialGC", f"-XX:MaxMetaspaceSize={METASPACE_MB}m"],
            arguments=["--configDir", str(folder / "conf" / "jobmanager")])

    return Part("jobmanager", command, folder, {"rest": port, "rpc": settings.jobmanager_port},
                lambda _: rest(port, "/overview") is not None, lambda: _configure(settings, "jobmanager"))


def taskmanager(settings: LocalSettings, number: int) -> Part:
    """What runs the jobs' operators. Ready when the job manager has heard from it since its start."""
    folder, name = settings.folder, f"taskmanager-{number}"
    heap = FRAMEWORK_HEAP_MB + settings.taskmanager_heap_mb
    direct = FRAMEWORK_OFF_HEAP_MB + settings.network_mb

    def command() -> list[str]:
        return java_command(
            jars("flink"), "org.apache.flink.runtime.taskexecutor.TaskManagerRunner", heap, folder / "tmp" / name,
            options=[f"-XX:MaxDirectMemorySize={direct}m", f"-XX:MaxMetaspaceSize={METASPACE_MB}m"],
            arguments=["--configDir", str(folder / "conf" / name), "-D", f"taskmanager.resource-id={name}"])

    def registered(since: float) -> bool:
        answer = rest(settings.rest_port, "/taskmanagers") or {}
        return any(each["id"] == name and each["timeSinceLastHeartbeat"] / 1000 > since
                   for each in answer.get("taskmanagers", ()))

    return Part(name, command, folder, {}, registered, lambda: _configure(settings, name))


def jobserver(settings: LocalSettings) -> Part:
    """Beam's job service for the Flink runner. Jobs go on without it; it is needed to submit them."""
    folder = settings.folder

    def command() -> list[str]:
        return java_command(
            jars("flink"), "org.apache.beam.runners.flink.FlinkJobServerDriver", settings.job_server_heap_mb,
            folder / "tmp" / "jobserver", options=SMALL,
            arguments=["--flink-master", f"{HOST}:{settings.rest_port}", "--job-host", HOST,
                       "--job-port", str(settings.job_port), "--artifact-port", str(settings.artifact_port),
                       "--expansion-port", str(settings.expansion_port),
                       "--flink-conf-dir", str(folder / "conf" / "jobserver"),
                       "--artifacts-dir", str(folder / "artifacts")])

    ports = {"jobs": settings.job_port, "artifacts": settings.artifact_port, "expansion": settings.expansion_port}
    return Part("jobserver", command, folder, ports, lambda _: all(map(listens, ports.values())),
                lambda: _configure(settings, "jobserver"))
