"""Glue jobs that really run."""

from __future__ import annotations

import io
import os
import zipfile
from typing import Any

import psutil
import pytest
from botocore.exceptions import ClientError
from emulator_harness import ACCOUNT, Emulator, wait_until

Json = dict[str, Any]

SUCCESS = """
import json, os, sys
import boto3
from helper import GREETING

identity = boto3.client("sts").get_caller_identity()["Arn"]
print("SEEN " + json.dumps({"argv": sys.argv[1:], "identity": identity, "greeting": GREETING}))
"""
FAILURE = "raise ValueError('price is not a number')\n"
ENDLESS = "import time\nprint('running', flush=True)\ntime.sleep(600)\n"


def helper_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("helper.py", "GREETING = 'from the library'\n")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def jobs(emulator: Emulator) -> Emulator:
    """Three deployed jobs: success, failure, endless."""
    bucket, s3 = emulator.output_bucket("jobs"), emulator.client("s3")
    for name, body in {"success": SUCCESS, "failure": FAILURE, "endless": ENDLESS}.items():
        s3.put_object(Bucket=bucket, Key=f"assets/{name}.py", Body=body.encode())
    s3.put_object(Bucket=bucket, Key="assets/helper.zip", Body=helper_zip())
    resources = {name.title(): job(name) for name in ("success", "failure", "endless")}
    assert emulator.deploy("jobs", resources) == "CREATE_COMPLETE"
    return emulator


def job(name: str) -> Json:
    return {
        "Type": "AWS::Glue::Job",
        "Properties": {
            "Name": name,
            "Role": f"arn:aws:iam::{ACCOUNT}:role/{name}-role",
            "GlueVersion": "5.1",
            "Timeout": 1 if name == "endless" else 60,
            "ExecutionProperty": {"MaxConcurrentRuns": 1},
            "Command": {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://jobs/assets/{name}.py"},
            "DefaultArguments": {
                "--layer": "bronze",
                "--mode": "default",
                "--extra-py-files": "s3://jobs/assets/helper.zip",
                "--conf": "spark.app.name=one --conf spark.sql.shuffle.partitions=3",
            },
        },
    }


def executions(emulator: Emulator, name: str) -> list[Json]:
    return [event for event in emulator.journal() if event.get("kind") == "glue-job" and event["name"] == name]


def test_a_job_gets_arguments_libraries_and_the_session_of_its_role(jobs: Emulator) -> None:
    run_id = jobs.client("glue").start_job_run(JobName="success", Arguments={"--mode": "backfill"})["JobRunId"]
    run = jobs.run_to_end("success", run_id)
    log = (jobs.state_dir / "logs" / f"success-{run_id}.log").read_text(encoding="utf-8")
    assert run["JobRunState"] == "SUCCEEDED", log
    seen = next(line for line in log.splitlines() if line.startswith("SEEN "))
    assert '"--layer", "bronze", "--mode", "backfill"' in seen
    assert f'"--JOB_NAME", "success", "--JOB_RUN_ID", "{run_id}"' in seen
    assert "assumed-role/success-role/GlueJobRunnerSession" in seen
    assert "from the library" in seen
    assert "--conf" not in seen
    (event,) = executions(jobs, "success")
    assert event["state"] == "SUCCEEDED"
    assert event["peakMemoryMiB"] > 50
    assert event["logFile"].endswith(f"success-{run_id}.log")


def test_a_failing_job_fails_with_its_traceback(jobs: Emulator) -> None:
    run_id = jobs.client("glue").start_job_run(JobName="failure")["JobRunId"]
    run = jobs.run_to_end("failure", run_id)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("Traceback (most recent call last)")
    assert run["ErrorMessage"].rstrip().endswith("ValueError: price is not a number")


def test_a_run_beyond_its_timeout_is_killed(jobs: Emulator) -> None:
    run_id = jobs.client("glue").start_job_run(JobName="endless")["JobRunId"]
    run = jobs.run_to_end("endless", run_id)
    assert run["JobRunState"] == "TIMEOUT"
    assert processes_of(run_id) == []


def test_a_second_run_is_refused_and_a_stopped_run_is_killed(jobs: Emulator) -> None:
    glue = jobs.client("glue")
    run_id = glue.start_job_run(JobName="endless", Timeout=100)["JobRunId"]
    with pytest.raises(ClientError, match="ConcurrentRunsExceededException"):
        glue.start_job_run(JobName="endless")
    wait_until(lambda: processes_of(run_id), bool)
    answer = glue.batch_stop_job_run(JobName="endless", JobRunIds=[run_id, "unknown"])
    assert [one["JobRunId"] for one in answer["SuccessfulSubmissions"]] == [run_id]
    assert [one["JobRunId"] for one in answer["Errors"]] == ["unknown"]
    assert jobs.run_to_end("endless", run_id)["JobRunState"] == "STOPPED"
    assert processes_of(run_id) == []


def test_a_job_without_its_script_fails(jobs: Emulator) -> None:
    glue = jobs.client("glue")
    command = {"Name": "glueetl", "ScriptLocation": "s3://jobs/nowhere.py"}
    glue.create_job(Name="no-script", Role="r", Command=command)
    run = jobs.run_to_end("no-script", glue.start_job_run(JobName="no-script")["JobRunId"])
    assert run["JobRunState"] == "FAILED"
    assert "s3://jobs/nowhere.py" in run["ErrorMessage"]


def test_a_python_shell_job_fails_and_is_a_violation(jobs: Emulator) -> None:
    glue = jobs.client("glue")
    command = {"Name": "pythonshell", "ScriptLocation": "s3://jobs/assets/success.py"}
    glue.create_job(Name="shell", Role="r", Command=command)
    run = jobs.run_to_end("shell", glue.start_job_run(JobName="shell")["JobRunId"])
    assert run["JobRunState"] == "FAILED"
    assert any(e["event"] == "violation" and e["subject"] == "shell" for e in jobs.journal())


def processes_of(run_id: str) -> list[int]:
    """The processes whose working folder is that of the run."""
    found = []
    for process in psutil.process_iter():
        try:
            if run_id in process.cwd():
                found.append(process.pid)
        except psutil.Error:
            continue
    return [pid for pid in found if pid != os.getpid()]
