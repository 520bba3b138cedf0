"""Every knob, once. Each is an environment variable too: ``NEWSBEAM_HORIZON_HOURS=24``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from pipeline.flink.settings import FlinkSettings
from pipeline.log import LogOptions
from pipeline.log.kafka_settings import settings_in_file
from transforms.name_models import models_of


class Settings(FlinkSettings):
    """Typed, defaulted, documented; the command line overrides single fields."""

    model_config = SettingsConfigDict(env_prefix="NEWSBEAM_", extra="forbid", frozen=True)

    data: Path = Field(Path("newsbeam-data"), description="folder for the embedded log, the collector's state "
                                                          "and the SQLite sink")
    log: str = Field("", description="sqlite:///path or kafka://host:port; empty: log.db in the data folder")
    sink: str = Field("", repr=False, description="sqlite:///path or postgresql://user@host/database; "
                                                  "empty: news.db in the data folder")
    group: str = Field("newsbeam", description="consumer group of the graph")
    partitions: int = Field(4, ge=1, le=256, description="partitions of topics that newsbeam creates")
    retention_hours: float = Field(24.0 * 14, gt=0, description="how long the embedded log keeps records")

    kafka: dict[str, str | int | bool] = Field(
        {}, repr=False, description="settings for kafka-python as JSON (security_protocol, sasl_*, ssl_*)")
    kafka_file: Path | None = Field(
        None, description="a JSON file of such settings, for secrets; NEWSBEAM_KAFKA wins over it")

    topics: Path | None = Field(None, description="a TOML file of what you declare differently about topics on Kafka")

    horizon_hours: float = Field(72.0, gt=0, description="how far back duplicates and stories are looked for")
    baseline_hours: float = Field(168.0, gt=0, description="how far back a topic's usual volume is counted")
    bundle_records: int = Field(1000, ge=1, description="records that the reader hands on before it pauses")
    bundle_seconds: float = Field(1.0, gt=0, description="seconds after which the reader hands on what it has")
    poll_seconds: float = Field(0.1, gt=0, description="pause of an idle reader")

    gazetteers: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="your own entity lists (TOML or CSV files), comma-separated; on the same path on every worker")
    gazetteer_seconds: float = Field(30.0, gt=0, description="how often a worker looks whether those have changed")

    ner: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="languages in which names that no list has are recognised by a model, comma-separated: ru, fr, "
                        "or de:de_core_news_md for a spaCy package of your own; empty: none")

    contact: str = Field("", description="address or URL that the user agent names to site owners")
    allow_network: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="networks that may be fetched beside public addresses, as 127.0.0.0/8")
    allow_ports: Annotated[tuple[int, ...], NoDecode] = Field(
        (80, 443, 8080, 8443), description="ports of public addresses that may be fetched")
    poll_minutes: float = Field(30.0, gt=0, description="time between two polls of one feed, until it is learned")
    domain_seconds: float = Field(5.0, ge=0, description="pause between two requests to one registrable domain")
    pages: bool = Field(True, description="fetch an article's page where its feed carries a teaser only")
    page_archive: Path | None = Field(None, description="a folder in which the original pages are kept (WARC)")
    domain_requests: int = Field(2, ge=1, description="requests to one registrable domain at a time")
    websub_url: str = Field("", description="public address at which hubs reach websub_listen; empty: no WebSub")
    websub_listen: str = Field("127.0.0.1:8088", description="where the collector listens for hubs")
    prism: str = Field("", description="Beam's Prism binary; empty: on the PATH, else built with Go once")

    @field_validator("allow_network", "allow_ports", "gazetteers", "ner", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("ner")
    @classmethod
    def _known_models(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        models_of(value)
        return value

    @property
    def log_url(self) -> str:
        """The log's address."""
        return self.log or f"sqlite:///{self.data / 'log.db'}"

    @property
    def sink_url(self) -> str:
        """The sink's address."""
        return self.sink or f"sqlite:///{self.data / 'news.db'}"

    @property
    def log_options(self) -> LogOptions:
        """How to open the log. Raises WrongUsage for a file of Kafka settings that cannot be read."""
        kafka = {**(settings_in_file(self.kafka_file) if self.kafka_file else {}), **self.kafka}
        return LogOptions(partitions=self.partitions, retention_hours=self.retention_hours, kafka=kafka)
