"""The servers that a choice asks for: started, handed to the stage by name, stopped at the end."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.faults.choice import Choice
from tests.faults.stage import Server
from tests.kafka_broker import KafkaBroker, kafka_jars


def servers_for(choice: Choice, folder: Path, stack: ExitStack) -> tuple[dict[str, Server], str, str]:
    """Running servers, the log's address and the sink's; an empty address stands for a file in the folder."""
    servers: dict[str, Server] = {}
    log_url = sink_url = ""
    if choice.log == "kafka":
        broker = KafkaBroker(kafka_jars(), folder / "kafka")
        broker.start()
        stack.callback(broker.stop)
        servers["kafka"], log_url = broker, f"kafka://{broker.servers}"
    return servers, log_url, sink_url
