"""Glue jobs as local Spark: the deployed script, arguments and libraries, under a session of the job's role.

MiniStack alone reports a Spark job as SUCCEEDED without running it.
"""

from __future__ import annotations

import contextvars
import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue, s3
from ministack.services.cloudformation import provisioners

from .config import EmulatorConfig, SparkConfig
from .glue_tables import split_uri
from .iam_enforcement import AccessDeniedError, require, role_session
from .iam_requests import Requirement
from .journal import Journal
from .processes import ProcessGroup, start_group
from .registry import Properties
from .spark import SparkCommand, environment, error_message

Response = tuple[int, dict[str, str], bytes]
Run = dict[str, Any]

_TYPE = "AWS::Glue::Job"
_SPARK_COMMANDS = ("glueetl", "gluestreaming")
_ACTIVE = ("STARTING", "RUNNING", "STOPPING")
_DEFAULT_TIMEOUT_MINUTES = 480
# Arguments whose effect on AWS the local Spark cannot reproduce.
_UNPLAYED_ARGUMENTS = ("--additional-python-modules", "--job-bookmark-option")


class JobError(Exception):
    """A run cannot start; the message is its ErrorMessage."""


class RunStoppedError(Exception):
    """A run was stopped before its process started."""


@dataclass
class GlueJobs:
    """StartJobRun and BatchStopJobRun."""

    config: EmulatorConfig
    journal: Journal
    _groups: dict[str, ProcessGroup] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self, request: Properties) -> Response:
        """StartJobRun: answers at once, the run goes on in a thread of its own."""
        name = request.get("JobName", "")
        job = glue._jobs.get(name)
        if job is None:
            return error_response_json("EntityNotFoundException", f"Job {name} not found", 400)
        with self._lock:
            runs = glue._job_runs.setdefault(name, [])
            limit = int((job.get("ExecutionProperty") or {}).get("MaxConcurrentRuns") or 1)
            if sum(run["JobRunState"] in _ACTIVE for run in runs) >= limit:
                message = f"Concurrent runs exceeded for {name}"
                return error_response_json("ConcurrentRunsExceededException", message, 400)
            run = _new_run(job, request)
            runs.append(run)
        context = contextvars.copy_context()
        threading.Thread(target=context.run, args=(self._execute, job, run), daemon=True).start()
        return json_response({"JobRunId": run["Id"]})

    def stop(self, request: Properties) -> Response:
        """BatchStopJobRun: the runs are STOPPING, their processes are killed, then they are STOPPED."""
        name = request.get("JobName", "")
        runs = {run["Id"]: run for run in glue._job_runs.get(name) or []}
        submitted, errors = [], []
        for run_id in request.get("JobRunIds", []):
            problem = self._stop(runs.get(run_id), run_id)
            reference = {"JobName": name, "JobRunId": run_id}
            if problem:
                errors.append({**reference, "ErrorDetail": problem})
            else:
                submitted.append(reference)
        return json_response({"SuccessfulSubmissions": submitted, "Errors": errors})

    def stop_all(self) -> None:
        """Kills every job that still runs."""
        for group in list(self._groups.values()):
            group.kill()

    def _stop(self, run: Run | None, run_id: str) -> Properties | None:
        if run is None:
            return {"ErrorCode": "EntityNotFoundException", "ErrorMessage": f"Job run {run_id} not found"}
        with self._lock:
            if run["JobRunState"] not in _ACTIVE:
                state = run["JobRunState"]
                return {"ErrorCode": "InvalidInputException", "ErrorMessage": f"Job run {run_id} is in state {state}"}
            run["JobRunState"] = "STOPPING"
            group = self._groups.get(run_id)
        if group:
            threading.Thread(target=group.kill, daemon=True).start()
        return None

    def _execute(self, job: Properties, run: Run) -> None:
        started = time.monotonic()
        log = self.config.state_dir / "logs" / f"{run['JobName']}-{run['Id']}.log"
        peak = None
        try:
            command, group = self._launch(job, run, log)
            state, message = self._await(run, group, log)
            if state == "SUCCEEDED":
                command.keep_class_archive(self._spark(job))
            peak = group.peak_memory_mib
        except RunStoppedError:
            state, message = "STOPPED", ""
        except JobError as error:
            state, message = "FAILED", str(error)
        except Exception as error:
            state, message = "FAILED", f"The emulator could not run the job: {error}"
        finally:
            self._groups.pop(run["Id"], None)
        seconds = time.monotonic() - started
        _finish(run, state, message, seconds)
        log_file = str(log) if log.exists() else None
        self.journal.execution(
            "glue-job", run["JobName"], state, seconds, peak_memory_mib=peak, log_file=log_file, error=message or None
        )

    def _launch(self, job: Properties, run: Run, log: Path) -> tuple[SparkCommand, ProcessGroup]:
        spark = self._spark(job)
        self._note_unplayed(run)
        work = self.config.state_dir / "runs" / run["Id"]
        work.mkdir(parents=True)
        log.parent.mkdir(parents=True, exist_ok=True)
        arguments = {**run["Arguments"], "--JOB_NAME": run["JobName"], "--JOB_RUN_ID": run["Id"]}
        session = self._session(job)
        fetch = _Fetch(work, session["AWS_ACCESS_KEY_ID"])
        command = SparkCommand(
            script=fetch.one(job["Command"].get("ScriptLocation", "")),
            arguments=arguments,
            work=work,
            py_files=fetch.all(arguments.get("--extra-py-files", "")),
            jars=fetch.all(arguments.get("--extra-jars", "")),
        )
        fetch.all(arguments.get("--extra-files", ""))
        env = environment(spark, work, session)
        with self._lock:
            if run["JobRunState"] == "STOPPING":
                raise RunStoppedError
            group = start_group(command.line(spark), env, work, log)
            self._groups[run["Id"]] = group
            run["JobRunState"] = "RUNNING"
        self.journal.job_started(run["JobName"], run["Id"], group.process.pid, str(log))
        return command, group

    def _spark(self, job: Properties) -> SparkConfig:
        kind = job.get("Command", {}).get("Name")
        if kind not in _SPARK_COMMANDS:
            message = f"Glue jobs of the kind '{kind}' are not played; only {' and '.join(_SPARK_COMMANDS)} are."
            self.journal.violation("job-not-played", job["Name"], message)
            raise JobError(message)
        if self.config.spark is None:
            raise JobError("The emulator was started without Spark; give 'spark' in its configuration.")
        return self.config.spark

    def _note_unplayed(self, run: Run) -> None:
        for argument in _UNPLAYED_ARGUMENTS:
            if run["Arguments"].get(argument) not in (None, "job-bookmark-disable"):
                message = f"The argument {argument} has no effect here, so this run says nothing about AWS."
                self.journal.violation("argument-not-played", run["JobName"], message)

    def _await(self, run: Run, group: ProcessGroup, log: Path) -> tuple[str, str]:
        code = group.wait(run["Timeout"] * self.config.glue_minute_seconds)
        stopping = run["JobRunState"] == "STOPPING"
        group.kill()
        if stopping:
            return "STOPPED", ""
        if code is None:
            return "TIMEOUT", f"The run exceeded its timeout of {run['Timeout']} minutes."
        if code == 0:
            return "SUCCEEDED", ""
        return "FAILED", error_message(log.read_text(encoding="utf-8", errors="replace"), code)

    def _session(self, job: Properties) -> dict[str, str]:
        """Temporary credentials of the job's role, as the environment of its process."""
        return {
            **role_session(str(job.get("Role", "")), "GlueJobRunnerSession"),
            "AWS_DEFAULT_REGION": self.config.region,
            "AWS_REGION": self.config.region,
            "AWS_ENDPOINT_URL": self.config.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def install(config: EmulatorConfig, journal: Journal) -> GlueJobs:
    """Replaces MiniStack's StartJobRun and BatchStopJobRun, and keeps what its CloudFormation handler drops."""
    jobs = GlueJobs(config, journal)
    glue._start_job_run = jobs.start
    glue._batch_stop_job_run = jobs.stop
    handlers = provisioners._RESOURCE_HANDLERS[_TYPE]
    provisioners._RESOURCE_HANDLERS[_TYPE] = {
        **handlers,
        "create": _keeping_execution_property(handlers["create"]),
        "update": _keeping_execution_property(handlers["update"]),
    }
    return jobs


def find_run(job_name: str, run_id: str) -> Run:
    """The record of a run. The same object is updated while the run goes on.

    Raises:
        KeyError: when there is no such run.
    """
    for run in glue._job_runs.get(job_name) or []:
        if run["Id"] == run_id:
            return run
    raise KeyError(run_id)


def _keeping_execution_property(stock: Any) -> Any:
    def handler(*arguments: Any) -> tuple[str, Properties]:
        name, attributes = stock(*arguments)
        properties = next(value for value in reversed(arguments) if isinstance(value, dict))
        glue._jobs[name]["ExecutionProperty"] = properties.get("ExecutionProperty") or {"MaxConcurrentRuns": 1}
        return name, attributes

    return handler


def _new_run(job: Properties, request: Properties) -> Run:
    now = time.time()
    arguments = {
        **(job.get("DefaultArguments") or {}),
        **(request.get("Arguments") or {}),
        **(job.get("NonOverridableArguments") or {}),
    }
    return {
        "Id": f"jr_{uuid.uuid4().hex}{uuid.uuid4().hex}",
        "Attempt": 0,
        "JobName": job["Name"],
        "StartedOn": now,
        "LastModifiedOn": now,
        "JobRunState": "STARTING",
        "Arguments": {key: str(value) for key, value in arguments.items()},
        "PredecessorRuns": [],
        "ExecutionTime": 0,
        "Timeout": int(request.get("Timeout") or job.get("Timeout") or _DEFAULT_TIMEOUT_MINUTES),
        "WorkerType": job.get("WorkerType", "G.1X"),
        "NumberOfWorkers": job.get("NumberOfWorkers", 2),
        "GlueVersion": job.get("GlueVersion", "5.1"),
    }


def _finish(run: Run, state: str, message: str, seconds: float) -> None:
    now = time.time()
    if message:
        run["ErrorMessage"] = message
    run.update(CompletedOn=now, LastModifiedOn=now, ExecutionTime=round(seconds), JobRunState=state)


@dataclass(frozen=True)
class _Fetch:
    """Reads a job's files from S3 into a folder, as Glue does: in the name of the job's role."""

    folder: Path
    access_key: str

    def all(self, uris: str) -> tuple[Path, ...]:
        return tuple(self.one(uri.strip()) for uri in uris.split(",") if uri.strip())

    def one(self, uri: str) -> Path:
        bucket, key = split_uri(uri)
        content = s3._get_object_data(bucket, key) if uri.startswith("s3://") and key else None
        if content is None:
            raise JobError(f"LAUNCH ERROR | File not found in S3: {uri!r}. It must be deployed before the job runs.")
        try:
            require(self.access_key, Requirement("s3", "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"))
        except AccessDeniedError as error:
            raise JobError(f"LAUNCH ERROR | Error downloading {uri}: AccessDenied: {error}") from error
        path = self.folder / Path(key).name
        path.write_bytes(bytes(content))
        return path


def body_of(response: Response) -> Properties:
    """The JSON body of a response of MiniStack."""
    return json.loads(response[2])
