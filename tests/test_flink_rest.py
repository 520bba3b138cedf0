"""The client of Flink's REST interface, against answers that Flink 1.19 gave."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from pipeline.errors import FlinkError, WrongUsage
from pipeline.flink.rest import Checkpoint, Flink, JobState, TaskManager, Vertex, cause
from tests.flink_answers import JAVA, JOB, OLD, PYTHON, Answers, answering, checkpoints, job, made


@pytest.fixture
def answers() -> Iterator[Answers]:
    with answering(Answers()) as served:
        yield served


def test_slots_version_and_task_managers(answers: Answers) -> None:
    flink = Flink(answers.address + "/")
    assert (flink.slots(), flink.version()) == ((3, 4), "1.19.0")
    assert flink.taskmanagers() == [TaskManager("127.0.0.1:37299-709607", "127.0.0.1", 4, 4)]
    assert flink.configuration() == {"state.checkpoints.dir": "file:///state/checkpoints"}


def test_jobs_of_a_name_come_newest_first(answers: Answers) -> None:
    answers.paths["/jobs/overview"] = {"jobs": [
        job("FINISHED", OLD, started=1_000, ended=5_000), job(started=2_000), job(name="other")]}
    assert Flink(answers.address).jobs("newsbeam") == [
        JobState(JOB, "newsbeam", "RUNNING", 2.0, 16.0, None),
        JobState(OLD, "newsbeam", "FINISHED", 1.0, 15.0, 5.0)]
    assert [each.over for each in Flink(answers.address).jobs("newsbeam")] == [False, True]
    assert len(Flink(answers.address).jobs()) == 3


def test_checkpoints(answers: Answers) -> None:
    found = Flink(answers.address).checkpoints(JOB)
    assert (found.completed, found.failed, found.savepoint, found.failure) == (20, 3, None, None)
    assert found.last == Checkpoint("file:/c/chk-23", 1_795_325_335.282, 4_787_905, 1.358, False, False)
    answers.paths[f"/jobs/{JOB}/checkpoints"] = checkpoints(
        savepoint=made("file:/s", 2_000, savepoint=True), failed={"failure_message": "Checkpoint expired"})
    found = Flink(answers.address).checkpoints(JOB)
    assert (found.last, found.failure) == (None, "Checkpoint expired")
    assert found.savepoint == Checkpoint("file:/s", 2.0, 4_787_905, 1.358, True, False)


def test_load_is_the_worst_measured_subtask(answers: Answers) -> None:
    assert Flink(answers.address).vertices(JOB) == [Vertex("Decide", 2, 2, 0.682, 0.1)]


def test_restarts_are_known_while_a_job_lives(answers: Answers) -> None:
    assert Flink(answers.address).restarts(JOB) == 2
    answers.paths[f"/jobs/{JOB}/metrics?get=numRestarts"] = []
    assert Flink(answers.address).restarts(JOB) is None


def test_the_last_exception_is_one_line(answers: Answers) -> None:
    path = f"/jobs/{JOB}/exceptions?maxExceptions=1"
    assert Flink(answers.address).last_exception(JOB) is None
    answers.paths[path] = {"exceptionHistory": {"entries": [{"timestamp": 5_000, "stacktrace": PYTHON}]}}
    assert Flink(answers.address).last_exception(JOB) == (
        5.0, "pipeline.errors.LogError: the log is away [while running 'Decide']")


@pytest.mark.parametrize(("stack", "line"), [
    (JAVA, "No space left on device"), ("", "no reason given"), ("\tat a.B.c(B.java:1)", "no reason given"),
    ("org.apache.flink.runtime.rest.NotFoundException: Job x not found\n\tat a.B.c(B.java:1)", "Job x not found"),
    ("just words", "just words")])
def test_the_cause_in_a_stack_trace(stack: str, line: str) -> None:
    assert cause(stack) == line


def test_a_savepoint_is_asked_for_and_waited_for(answers: Answers) -> None:
    answers.paths[f"POST /jobs/{JOB}/savepoints"] = {"request-id": "r1"}
    answers.paths[f"GET /jobs/{JOB}/savepoints/r1"] = [
        {"status": {"id": "IN_PROGRESS"}, "operation": None},
        {"status": {"id": "COMPLETED"}, "operation": {"location": "file:/s/1"}}]
    flink = Flink(answers.address)
    assert flink.trigger_savepoint(JOB, "file:///s") == "r1"
    assert [flink.savepoint(JOB, "r1") for _ in range(2)] == [None, "file:/s/1"]
    assert answers.calls[0] == ("POST", f"/jobs/{JOB}/savepoints", {"cancel-job": False,
                                                                    "target-directory": "file:///s"})


def test_a_stop_does_not_drain_and_leaves_the_folder_to_the_cluster(answers: Answers) -> None:
    answers.paths[f"POST /jobs/{JOB}/stop"] = {"request-id": "r2"}
    assert Flink(answers.address).trigger_stop(JOB) == "r2"
    assert answers.calls == [("POST", f"/jobs/{JOB}/stop", {"drain": False})]


def test_a_savepoint_that_failed_says_why(answers: Answers) -> None:
    answers.paths[f"GET /jobs/{JOB}/savepoints/r1"] = [{"status": {"id": "COMPLETED"}, "operation": {
        "failure-cause": {"class": "java.util.concurrent.CompletionException", "stack-trace": JAVA}}}]
    with pytest.raises(FlinkError, match=r"could not make the savepoint: No space left on device; the job was not"):
        Flink(answers.address).savepoint(JOB, "r1")


def test_a_job_is_cancelled(answers: Answers) -> None:
    answers.paths[f"PATCH /jobs/{JOB}?mode=cancel"] = {}
    Flink(answers.address).cancel(JOB)
    assert answers.calls == [("PATCH", f"/jobs/{JOB}?mode=cancel", None)]


def test_what_flink_refuses_is_told_with_address_and_reason(answers: Answers) -> None:
    with pytest.raises(FlinkError, match=rf"Flink at {answers.address} refused /jobs/no/checkpoints \(status 404\): "
                                         r"/jobs/no/checkpoints not found$"):
        Flink(answers.address).checkpoints("no")


def test_a_server_that_is_not_flink_is_named(answers: Answers) -> None:
    answers.paths["/overview"] = b"<html>"
    with pytest.raises(FlinkError, match=r"what answers at .*/overview .* is not Flink's REST interface"):
        Flink(answers.address).slots()


def test_a_cluster_that_is_away_is_told_with_its_address() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(FlinkError, match=rf"Flink does not answer at {address} .*NEWSBEAM_FLINK_REST"):
            Flink(address).slots()


def test_a_cluster_that_hangs_is_not_waited_for_for_ever() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(FlinkError, match="timed out"):
            Flink(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).slots()


@pytest.mark.parametrize("address", ["127.0.0.1:8081", "ftp://host", "http://", ""])
def test_an_address_of_another_form_is_wrong_usage(address: str) -> None:
    with pytest.raises(WrongUsage, match="NEWSBEAM_FLINK_REST"):
        Flink(address)
