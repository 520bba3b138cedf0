"""ZooKeeper as a part: where Flink notes which jobs run, so that they outlive their job manager.

It is the one inside Flink's own jars, which Flink's distribution starts with ``bin/zookeeper.sh``.
"""

from __future__ import annotations

from deploy.local.jars import jars
from deploy.local.jvm import SMALL, fill, java_command
from deploy.local.part import Part
from deploy.local.probe import listens
from deploy.local.settings import LocalSettings


def zookeeper(settings: LocalSettings) -> Part:
    """One node on loopback."""
    folder, port = settings.folder, settings.zookeeper_port
    configuration = folder / "zookeeper" / "zoo.cfg"

    def command() -> list[str]:
        return java_command(
            jars("flink"), "org.apache.flink.runtime.zookeeper.FlinkZooKeeperQuorumPeer", settings.zookeeper_heap_mb,
            folder / "tmp" / "zookeeper", log_level="warn", options=[*SMALL, "-Dzookeeper.admin.enableServer=false"],
            arguments=["--zkConfigFile", str(configuration), "--peerId", "1"])

    return Part("zookeeper", command, folder, {"clients": port}, lambda _: listens(port),
                lambda: fill("flink/zoo.cfg", configuration, port=port, data=folder / "zookeeper" / "data"))
