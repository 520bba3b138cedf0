"""What is refused before a job is submitted, and what becomes of a job that has ended: against a server that
answers as Flink does."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.errors import AlreadyRunning, FlinkError, NewsbeamError, WrongUsage
from pipeline.flink.check import check_cluster, is_here
from pipeline.flink.job import _started, newest_state, reachable, resume, stop
from pipeline.flink.memory import Known, newest_retained, recall, remember
from pipeline.flink.rest import Flink
from pipeline.log import NewRecord, open_log
from pipeline.settings import Settings
from tests.flink_answers import JOB, OLD, Answers, answering, checkpoints, job, made, taskmanager


@pytest.fixture
def answers() -> Iterator[Answers]:
    with answering(Answers()) as served:
        yield served


@pytest.fixture
def job_server() -> Iterator[str]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def settings(answers: Answers, folder: Path, job_server: str = "127.0.0.1:1", **changes: Any) -> Settings:
    return Settings(**{"data": folder, "flink_rest": answers.address, "flink_job_server": job_server,
                       "log": "kafka://broker:9092", **changes})


def check(answers: Answers, folder: Path, job_server: str, **changes: Any) -> int:
    return check_cluster(settings(answers, folder, job_server, **changes), Flink(answers.address))


@pytest.mark.parametrize(("changes", "workers"), [
    ({}, 1), ({"flink_parallelism": 3}, 3), ({"flink_parallelism": 6}, 4), ({"flink_workers": 7}, 7)])
def test_there_is_one_worker_for_each_slot_that_the_job_takes(answers: Answers, job_server: str, tmp_path: Path,
                                                              changes: dict[str, Any], workers: int) -> None:
    answers.paths["/taskmanagers"] = {"taskmanagers": [taskmanager(), taskmanager(free=2)]}
    assert check(answers, tmp_path, job_server, **changes) == workers


@pytest.mark.parametrize(("answer", "changes", "kind", "message"), [
    ({"/jobs/overview": {"jobs": [job("RESTARTING")]}}, {}, AlreadyRunning,
     rf"'newsbeam' \({JOB}\) is RESTARTING on .*newsbeam flink stop.*NEWSBEAM_FLINK_JOB"),
    ({}, {"flink_parallelism": 5}, WrongUsage, r"PARALLELISM=5 needs as many free slots, but .* has 4 of 4 free"),
    ({"/taskmanagers": {"taskmanagers": [taskmanager(free=0)]}}, {}, WrongUsage, r"has 0 of 4 free; lower it"),
    ({"/taskmanagers": {"taskmanagers": []}}, {}, WrongUsage, r"has no task manager; start one"),
    ({"/taskmanagers": {"taskmanagers": [taskmanager("192.0.2.7")]}}, {"flink_environment": "LOOPBACK"}, WrongUsage,
     r"LOOPBACK runs the workers in this command, but task managers are on 192\.0\.2\.7; use EXTERNAL"),
    ({"/taskmanagers": {"taskmanagers": [taskmanager("192.0.2.7")]}}, {"log": "sqlite:///log.db"}, WrongUsage,
     r"sqlite:///log\.db is a file of this machine, which workers on 192\.0\.2\.7 cannot see; use kafka"),
    ({"/jobmanager/config": []}, {}, WrongUsage, r"checkpoints have no place: .*NEWSBEAM_FLINK_CHECKPOINTS=file"),
])
def test_what_cannot_work_is_refused(answers: Answers, job_server: str, tmp_path: Path, answer: dict[str, Any],
                                     changes: dict[str, Any], kind: type[NewsbeamError], message: str) -> None:
    answers.paths.update(answer)
    with pytest.raises(kind, match=message):
        check(answers, tmp_path, job_server, **changes)


@pytest.mark.parametrize(("answer", "changes"), [
    ({"/jobs/overview": {"jobs": [job("FINISHED"), job(name="other")]}}, {}),
    ({}, {"log": "sqlite:///log.db"}), ({}, {"flink_environment": "LOOPBACK"}),
    ({"/taskmanagers": {"taskmanagers": [taskmanager("192.0.2.7")]}}, {}),
    ({"/jobmanager/config": []}, {"flink_checkpoints": "file:///c"}),
    ({"/jobmanager/config": []}, {"flink_checkpoint_seconds": 0}),
    ({"/jobmanager/config": [{"key": "execution.checkpointing.dir", "value": "s3://b"}]}, {})])
def test_the_way_out_is_accepted(answers: Answers, job_server: str, tmp_path: Path, answer: dict[str, Any],
                                 changes: dict[str, Any]) -> None:
    answers.paths.update(answer)
    assert check(answers, tmp_path, job_server, **changes) == 1


def test_a_job_server_that_is_away_is_named(answers: Answers, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(FlinkError, match=rf"job server does not answer at {address} .*NEWSBEAM_FLINK_JOB_SERVER"):
            check(answers, tmp_path, address)
    with pytest.raises(WrongUsage, match=r"'server' is not host:port"):
        check(answers, tmp_path, "server")


@pytest.mark.parametrize(("host", "here"), [
    ("127.0.0.1", True), ("::1", True), ("localhost", True), (socket.gethostname(), True), ("192.0.2.7", False),
    ("no.such.host.invalid", False)])
def test_where_a_host_is(host: str, here: bool) -> None:
    assert is_here(host) is here


def test_workers_get_absolute_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = reachable(Settings(data=Path("d"), gazetteers=(Path("mine.csv"),)))
    assert (told.log_url, told.gazetteers) == (f"sqlite:///{tmp_path}/d/log.db", (tmp_path / "mine.csv",))
    assert reachable(Settings(log="kafka://a:1")).log_url == "kafka://a:1"


def kept(**latest: Any) -> dict[str, Any]:
    return {f"/jobs/{JOB}/checkpoints": checkpoints(**latest)}


SAVED, TAKEN = made("file:/s/1", 5_000, savepoint=True), made("file:/c/chk-9", 9_000)


@pytest.mark.parametrize(("state", "latest", "path"), [
    ("CANCELED", {"completed": TAKEN, "savepoint": SAVED}, "file:/c/chk-9"),
    ("FINISHED", {"completed": TAKEN, "savepoint": SAVED}, "file:/s/1"),
    ("FAILED", {"completed": TAKEN}, "file:/c/chk-9"),
    ("CANCELED", {"completed": made("file:/c/chk-9", 9_000, discarded=True), "savepoint": SAVED}, "file:/s/1"),
    ("FINISHED", {"completed": TAKEN}, ""), ("CANCELED", {}, "")])
def test_a_resume_goes_on_from_the_newest_state_that_is_kept(answers: Answers, tmp_path: Path, state: str,
                                                             latest: dict[str, Any], path: str) -> None:
    answers.paths.update({"/jobs/overview": {"jobs": [job(state, ended=10_000), job(state, OLD, started=1)]},
                          **kept(**latest)})
    assert newest_state(settings(answers, tmp_path), Flink(answers.address)) == path


def test_a_job_manager_that_forgot_is_helped_by_what_was_remembered(answers: Answers, tmp_path: Path) -> None:
    here = settings(answers, tmp_path / "data")
    flink = Flink(answers.address)
    assert newest_state(here, flink) == ""
    remember(here, Known(JOB, 1.0, f"file://{tmp_path}", "file:/s/1", 2.0))
    assert newest_state(here, flink) == "file:/s/1"
    for number in (9, 10):
        (tmp_path / JOB / f"chk-{number}").mkdir(parents=True)
        (tmp_path / JOB / f"chk-{number}" / "_metadata").touch()
    (tmp_path / JOB / "chk-11").mkdir()  # not complete
    assert newest_state(here, flink) == f"file:{tmp_path}/{JOB}/chk-10"
    remember(here, Known(JOB, 1.0, f"file://{tmp_path}", "file:/s/2", 2e10))
    assert newest_state(here, flink) == "file:/s/2"
    assert recall(here) == Known(JOB, 1.0, f"file://{tmp_path}", "file:/s/2", 2e10)
    assert newest_retained("s3://bucket/c", JOB) is None


def test_a_memory_that_is_damaged_is_named(answers: Answers, tmp_path: Path) -> None:
    here = settings(answers, tmp_path)
    remember(here, Known(JOB, 1.0))
    (tmp_path / "flink" / "newsbeam.json").write_bytes(b"{")
    with pytest.raises(NewsbeamError, match=r"cannot read .*newsbeam\.json .*--from PATH"):
        recall(here)


def test_a_resume_without_any_state_says_what_to_do(answers: Answers, tmp_path: Path) -> None:
    with pytest.raises(FlinkError, match=r"no savepoint or checkpoint of 'newsbeam' is known .* name one with"):
        resume(settings(answers, tmp_path))


class Accepted:
    """What Beam's job server says of a job that it took."""

    state = "RUNNING"


def test_a_job_whose_savepoint_does_not_fit_is_told_with_the_way_out(answers: Answers, tmp_path: Path) -> None:
    answers.paths["/jobs/overview"] = {"jobs": [job("FAILED"), job("FINISHED", OLD, started=1)]}
    answers.paths[f"/jobs/{JOB}/exceptions?maxExceptions=1"] = {"exceptionHistory": {"entries": [
        {"timestamp": 1, "stacktrace": "java.lang.IllegalStateException: Cannot map savepoint\n\tat a.B.c(B.java:1)"}]}}
    with pytest.raises(FlinkError, match=rf"\({JOB}\) is FAILED on .*: Cannot map savepoint; .*flink submit"):
        _started(settings(answers, tmp_path), Flink(answers.address), {OLD}, Accepted())


def test_a_resume_while_the_job_runs_is_refused(answers: Answers, tmp_path: Path) -> None:
    answers.paths["/jobs/overview"] = {"jobs": [job()]}
    with pytest.raises(AlreadyRunning, match="is RUNNING"):
        resume(settings(answers, tmp_path), "file:/s/1")


def test_a_stop_needs_a_job_that_runs(answers: Answers, tmp_path: Path) -> None:
    with pytest.raises(FlinkError, match=r"no job 'newsbeam' runs on .*newsbeam flink submit"):
        stop(settings(answers, tmp_path))
    answers.paths["/jobs/overview"] = {"jobs": [job("RESTARTING")]}
    with pytest.raises(FlinkError, match=r"is RESTARTING and cannot make a savepoint now; .*--cancel"):
        stop(settings(answers, tmp_path))


def test_a_stop_waits_for_the_savepoint_and_the_end_and_remembers_both(answers: Answers, tmp_path: Path) -> None:
    here = settings(answers, tmp_path, flink_savepoints="file:///s")
    answers.paths.update({
        "GET /jobs/overview": [{"jobs": [job()]}, {"jobs": [job()]}, {"jobs": [job("FINISHED", ended=1)]}],
        f"POST /jobs/{JOB}/stop": {"request-id": "r"},
        f"GET /jobs/{JOB}/savepoints/r": [
            {"status": {"id": "IN_PROGRESS"}},
            {"status": {"id": "COMPLETED"}, "operation": {"location": "file:/s/1"}}]})
    assert stop(here) == "file:/s/1"
    assert ("POST", f"/jobs/{JOB}/stop", {"drain": False, "targetDirectory": "file:///s"}) in answers.calls
    known = recall(here)
    assert known is not None
    assert (known.job, known.savepoint) == (JOB, "file:/s/1")


def ask(answers: Answers, folder: Path, *words: str) -> Any:
    environment = {**os.environ, "NEWSBEAM_FLINK_REST": answers.address, "NEWSBEAM_DATA": str(folder)}
    return CliRunner().invoke(app, ["flink", *words], env=environment)


def test_status_tells_machines_everything(answers: Answers, tmp_path: Path) -> None:
    answers.paths["/jobs/overview"] = {"jobs": [job()]}
    shown = ask(answers, tmp_path, "status", "--json")
    told = orjson.loads(shown.stdout)
    assert shown.exit_code == 0
    assert (told["job"]["id"], told["job"]["state"], told["job"]["since"]) == (
        JOB, "RUNNING", "2026-11-22T05:26:06Z")
    assert (told["slots"], told["restarts"], told["exception"]) == ({"free": 3, "all": 4}, 2, None)
    assert (told["checkpoint"]["path"], told["checkpoint"]["bytes"]) == ("file:/c/chk-23", 4_787_905)
    assert told["checkpoint"]["age_seconds"] > 0
    assert told["lag"] is None  # there is no log yet, and asking makes none
    assert list(tmp_path.iterdir()) == []
    with open_log(f"sqlite:///{tmp_path}/log.db") as log:
        log.append("news.raw", [NewRecord(b"k", b"v")])
    told = orjson.loads(ask(answers, tmp_path, "status", "--json").stdout)
    assert told["lag"] == {"news.raw": 1, "news.raw.backfill": 0}
    assert told["busiest"] == {"operator": "Decide", "busy": 0.682}


def test_status_is_one_where_no_job_runs(answers: Answers, tmp_path: Path) -> None:
    shown = ask(answers, tmp_path, "status")
    assert (shown.exit_code, "none of the name newsbeam" in shown.stdout) == (1, True)
    answers.paths["/jobs/overview"] = {"jobs": [job()]}
    shown = ask(answers, tmp_path, "status")
    assert shown.exit_code == 0
    assert f"newsbeam {JOB} RUNNING since 2026-11-22T05:26:06Z" in shown.stdout
    assert "4.8 MB in 1.4 s, file:/c/chk-23; 20 done, 3 failed" in shown.stdout


def test_the_options_are_shown_with_their_settings(answers: Answers, tmp_path: Path) -> None:
    shown = ask(answers, tmp_path, "options").stdout
    assert "max_bundle_time_mills = 50 [milliseconds; NEWSBEAM_FLINK_BUNDLE_MILLISECONDS]" in shown
    assert orjson.loads(ask(answers, tmp_path, "options", "--json").stdout)["checkpointing_interval"] == "10000"
