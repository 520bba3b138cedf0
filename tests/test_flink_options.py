"""What newsbeam asks of Flink: every setting changes a flag, and what cannot work is refused."""

from __future__ import annotations

from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions, SetupOptions, WorkerOptions
from pydantic import ValidationError

from pipeline.errors import WrongUsage
from pipeline.flink.options import OPTIONS, Job, check_options, configuration, flags
from pipeline.flink.settings import FlinkSettings
from pipeline.settings import Settings

DEFAULTS = {
    "job_endpoint": "127.0.0.1:8099", "job_server_timeout": "300", "job_name": "newsbeam", "streaming": "",
    "parallelism": "1", "max_parallelism": "128", "operator_chaining": "", "environment_type": "EXTERNAL",
    "environment_config": "127.0.0.1:50000", "sdk_worker_parallelism": "1", "checkpointing_interval": "10000",
    "checkpoint_timeout_millis": "600000", "min_pause_between_checkpoints": "5000",
    "finish_bundle_before_checkpointing": "", "externalized_checkpoints_enabled": "",
    "retain_externalized_checkpoints_on_cancellation": "", "fail_on_checkpointing_errors": "",
    "number_of_execution_retries": "2147483647", "execution_retry_delay": "5000", "max_bundle_size": "1000",
    "max_bundle_time_mills": "50", "max_cache_memory_usage_mb": "0", "beam_plugin": "pipeline.enrich"}

CHANGES: dict[str, tuple[Any, dict[str, str | None]]] = {
    "flink_job_server": ("server:9", {"job_endpoint": "server:9"}),
    "flink_job": ("second", {"job_name": "second"}),
    "flink_parallelism": (4, {"parallelism": "4"}),
    "flink_max_parallelism": (256, {"max_parallelism": "256"}),
    "flink_environment": ("PROCESS", {"environment_type": "PROCESS",
                                      "environment_config": '{"command":"127.0.0.1:50000"}'}),
    "flink_environment_config": ("pool:1", {"environment_config": "pool:1"}),
    "flink_checkpoint_seconds": (0, dict.fromkeys((
        "checkpointing_interval", "checkpoint_timeout_millis", "min_pause_between_checkpoints",
        "externalized_checkpoints_enabled", "retain_externalized_checkpoints_on_cancellation",
        "fail_on_checkpointing_errors", "number_of_execution_retries", "execution_retry_delay"))),
    "flink_checkpoint_timeout_seconds": (60, {"checkpoint_timeout_millis": "60000"}),
    "flink_checkpoints": ("s3://b/c", {"state_backend": "rocksdb", "state_backend_storage_path": "s3://b/c"}),
    "flink_bundle_records": (10, {"max_bundle_size": "10"}),
    "flink_bundle_milliseconds": (70, {"max_bundle_time_mills": "70"}),
    "flink_finish_bundles": (False, {"finish_bundle_before_checkpointing": None}),
    "flink_state_cache_mb": (64, {"max_cache_memory_usage_mb": "64"}),
    "flink_retry_seconds": (0.5, {"execution_retry_delay": "500"}),
}
ELSEWHERE = {"flink_rest", "flink_savepoints", "flink_workers"}
"""Settings that are no flags: tested where they are used."""


def settings(**changes: Any) -> Settings:
    return Settings(**changes)


def test_the_defaults_are_these_flags_and_no_others() -> None:
    assert configuration(Job(settings())) == DEFAULTS


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_a_setting_changes_its_flags_and_nothing_else(name: str) -> None:
    value, expected = CHANGES[name]
    changed = configuration(Job(settings(**{name: value})))
    assert changed == {flag: text for flag, text in {**DEFAULTS, **expected}.items() if text is not None}


def test_every_setting_about_flink_is_in_the_table_or_tested_elsewhere() -> None:
    assert set(FlinkSettings.model_fields) == set(CHANGES) | ELSEWHERE
    named = {option.setting for option in OPTIONS if option.setting}
    assert named == (set(CHANGES) | {"flink_workers"})


def test_what_only_a_submission_knows_becomes_flags() -> None:
    job = Job(settings(flink_environment="LOOPBACK"), workers=3, savepoint="file:/s", bounded=True, here="127.0.0.1:7")
    assert configuration(job).items() >= {
        "sdk_worker_parallelism": "3", "savepoint_path": "file:/s", "shutdown_sources_after_idle_ms": "0",
        "environment_type": "EXTERNAL", "environment_config": "127.0.0.1:7"}.items()


def test_a_command_for_workers_may_be_json_already() -> None:
    job = Job(settings(flink_environment="PROCESS", flink_environment_config='{"command":"x","env":{"A":"b"}}'))
    assert configuration(job)["environment_config"] == '{"command":"x","env":{"A":"b"}}'


def test_flags_are_what_beam_parses() -> None:
    given = flags(Job(settings(flink_state_cache_mb=32)))
    assert "--streaming" in given
    assert "--max_bundle_size=1000" in given
    parsed = PipelineOptions(given)
    assert parsed.view_as(SetupOptions).beam_plugins == ["pipeline.enrich"]
    assert parsed.view_as(WorkerOptions).max_cache_memory_usage_mb == 32
    assert parsed.get_all_options()["parallelism"] == 1


def test_every_option_says_its_unit_and_its_reason_once() -> None:
    assert all(option.unit and option.why for option in OPTIONS)
    assert len({option.flag for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.parametrize(("changes", "detached", "message"), [
    ({"flink_finish_bundles": False}, True, r"FINISH_BUNDLES=false with checkpoints.*CHECKPOINT_SECONDS=0"),
    ({"flink_parallelism": 200}, True, r"PARALLELISM=200 is more than .*MAX_PARALLELISM=128"),
    ({"flink_environment": "LOOPBACK"}, True, r"LOOPBACK runs the workers inside this command.*enrich --runner"),
    ({"flink_environment_config": ""}, True, r"EXTERNAL needs NEWSBEAM_FLINK_ENVIRONMENT_CONFIG, the pool's host:port"),
    ({"flink_environment": "PROCESS", "flink_environment_config": ""}, True, r"PROCESS needs .* the command"),
])
def test_combinations_that_cannot_work_are_refused(changes: dict[str, Any], detached: bool, message: str) -> None:
    with pytest.raises(WrongUsage, match=message):
        check_options(settings(**changes), detached)


@pytest.mark.parametrize(("changes", "detached"), [
    ({}, True), ({"flink_finish_bundles": False, "flink_checkpoint_seconds": 0}, True),
    ({"flink_environment": "LOOPBACK", "flink_environment_config": ""}, False),
    ({"flink_parallelism": 128}, True)])
def test_the_way_out_that_a_message_names_is_accepted(changes: dict[str, Any], detached: bool) -> None:
    check_options(settings(**changes), detached)


def test_a_name_that_beam_would_refuse_is_refused_here() -> None:
    with pytest.raises(ValidationError, match="flink_job"):
        settings(flink_job="News Beam")
