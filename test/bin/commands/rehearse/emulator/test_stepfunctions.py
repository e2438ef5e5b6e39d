"""State machines that drive real jobs and queries, and whose gaps nobody can catch."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from emulator_harness import ACCOUNT, REGION, Emulator, wait_until

Json = dict[str, Any]

CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught", "ResultPath": "$.error"}]
RETRY_ALL = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2}]


def task(resource: str, parameters: Json, **more: Any) -> Json:
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, "End": True}
    return {"StartAt": "Work", "States": {"Work": {**state, **more}, "Caught": {"Type": "Pass", "End": True}}}


@pytest.fixture(scope="module")
def pipelines(emulator: Emulator) -> Emulator:
    """Two deployed jobs: `good` ends well, `bad` fails, `slow` never ends."""
    bucket = emulator.output_bucket("pipeline-jobs")
    scripts = {"good": "print('done')", "bad": "raise RuntimeError('no')", "slow": "import time; time.sleep(600)"}
    for name, script in scripts.items():
        emulator.client("s3").put_object(Bucket=bucket, Key=f"{name}.py", Body=script.encode())
        emulator.client("glue").create_job(
            Name=name,
            Role=f"arn:aws:iam::{ACCOUNT}:role/pipeline",
            Command={"Name": "glueetl", "ScriptLocation": f"s3://{bucket}/{name}.py"},
            Timeout=60,
        )
    return emulator


def violations(emulator: Emulator, subject: str) -> list[Json]:
    return [e for e in emulator.journal() if e["event"] == "violation" and subject in e["subject"]]


def test_sync_waits_for_the_job_and_answers_with_its_run(pipelines: Emulator) -> None:
    machine = pipelines.machine("sync-good", task("glue:startJobRun.sync", {"JobName": "good"}))
    execution = pipelines.execute(machine)
    assert execution["status"] == "SUCCEEDED", execution
    run = json.loads(execution["output"])
    assert (run["JobName"], run["JobRunState"]) == ("good", "SUCCEEDED")
    assert any(e.get("kind") == "state-machine" and e["name"] == "sync-good" for e in pipelines.journal())


def test_the_catch_of_a_failing_job_is_taken_with_its_run_as_cause(pipelines: Emulator) -> None:
    definition = task("glue:startJobRun.sync", {"JobName": "bad"}, Catch=CATCH_ALL)
    execution = pipelines.execute(pipelines.machine("sync-bad", definition))
    error = json.loads(execution["output"])["error"]
    assert execution["status"] == "SUCCEEDED"
    assert error["Error"] == "States.TaskFailed"
    assert json.loads(error["Cause"])["ErrorMessage"].rstrip().endswith("RuntimeError: no")


def test_a_job_that_does_not_exist_has_the_error_of_the_service(pipelines: Emulator) -> None:
    execution = pipelines.execute(pipelines.machine("no-job", task("glue:startJobRun.sync", {"JobName": "none"})))
    assert (execution["status"], execution["error"]) == ("FAILED", "Glue.EntityNotFoundException")


def test_a_state_that_times_out_stops_its_job(pipelines: Emulator) -> None:
    definition = task("glue:startJobRun.sync", {"JobName": "slow"}, TimeoutSeconds=1)
    execution = pipelines.execute(pipelines.machine("timeout", definition))
    assert execution["error"] == "States.Timeout"
    assert last_run(pipelines, "slow")["JobRunState"] == "STOPPED"


def test_stopping_an_execution_stops_its_job(pipelines: Emulator) -> None:
    sfn = pipelines.client("stepfunctions")
    machine = pipelines.machine("stopped", task("glue:startJobRun.sync", {"JobName": "slow"}))
    before = len(pipelines.client("glue").get_job_runs(JobName="slow")["JobRuns"])
    arn = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    wait_until(
        lambda: len(pipelines.client("glue").get_job_runs(JobName="slow")["JobRuns"]), lambda count: count > before
    )
    sfn.stop_execution(executionArn=arn)
    assert last_run(pipelines, "slow")["JobRunState"] == "STOPPED"


def last_run(emulator: Emulator, job: str) -> Json:
    return wait_until(
        lambda: emulator.client("glue").get_job_runs(JobName=job)["JobRuns"][-1], lambda run: "CompletedOn" in run
    )


def test_an_integration_the_emulator_lacks_fails_past_retry_and_catch(emulator: Emulator) -> None:
    definition = task("emr-serverless:startJobRun.sync", {}, Catch=CATCH_ALL, Retry=RETRY_ALL)
    execution = emulator.execute(emulator.machine("emr", definition))
    assert execution["status"] == "FAILED"
    assert len(violations(emulator, "emr-serverless:startJobRun")) == 1


def test_an_sdk_call_the_emulator_lacks_is_a_violation(emulator: Emulator) -> None:
    definition = task("aws-sdk:emrserverless:startJobRun", {}, Catch=CATCH_ALL)
    execution = emulator.execute(emulator.machine("emr-sdk", definition))
    assert execution["status"] == "FAILED"
    assert len(violations(emulator, "aws-sdk:emrserverless")) == 1


def test_an_sdk_call_the_emulator_has_is_none(emulator: Emulator) -> None:
    execution = emulator.execute(emulator.machine("sdk", task("aws-sdk:s3:listBuckets", {})))
    assert execution["status"] == "SUCCEEDED", execution
    assert violations(emulator, "listBuckets") == []


def test_athena_sync_runs_the_query(emulator: Emulator) -> None:
    emulator.output_bucket("athena-results")
    parameters = {"QueryString": "SELECT 1 AS one", "ResultConfiguration": {"OutputLocation": "s3://athena-results/"}}
    machine = emulator.machine("athena", task("athena:startQueryExecution.sync", parameters))
    execution = emulator.execute(machine)
    assert execution["status"] == "SUCCEEDED", execution
    assert json.loads(execution["output"])["QueryExecution"]["Status"]["State"] == "SUCCEEDED"


def test_a_failing_query_fails_its_state(emulator: Emulator) -> None:
    emulator.output_bucket("athena-results")
    parameters = {"QueryString": "SELECT nope", "ResultConfiguration": {"OutputLocation": "s3://athena-results/"}}
    execution = emulator.execute(emulator.machine("no-query", task("athena:startQueryExecution.sync", parameters)))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.TaskFailed")


def zipped(name: str, source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, source)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("runtime", "file", "source", "error"),
    [
        ("python3.12", "index.py", "class Bad(ValueError): pass\ndef handler(e, c):\n    raise Bad('odd: 1')\n", "Bad"),
        ("nodejs22.x", "index.js", "exports.handler = async () => { throw new RangeError('odd') }", "RangeError"),
    ],
)
def test_the_error_of_a_function_has_the_name_of_its_class(
    emulator: Emulator, runtime: str, file: str, source: str, error: str
) -> None:
    name = f"raises-{error.lower()}"
    emulator.client("lambda").create_function(
        FunctionName=name,
        Runtime=runtime,
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/function",
        Code={"ZipFile": zipped(file, source)},
    )
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    execution = emulator.execute(emulator.machine(name, task("lambda:invoke", {"FunctionName": arn, "Payload": {}})))
    assert (execution["status"], execution["error"]) == ("FAILED", error)
    assert any(e.get("kind") == "lambda" and e["name"] == name and e["state"] == "FAILED" for e in emulator.journal())
