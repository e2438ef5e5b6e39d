"""Step Functions: the integrations MiniStack lacks, and no gap of it hidden behind a Catch or a Retry.

MiniStack reports an integration that it does not implement as States.Runtime, which a Catch on States.TaskFailed
takes: the execution looks fine although the step never happened. Here it ends the execution and is a violation.
"""

from __future__ import annotations

import contextvars
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any

from ministack import app
from ministack.services import athena, glue
from ministack.services import stepfunctions as sfn

from . import task_roles
from .glue_jobs import body_of, find_run
from .journal import Journal

Json = dict[str, Any]

_POLL_SECONDS = 0.1
_FAILED_RUNS = ("FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED")
_FAILED_QUERIES = ("FAILED", "CANCELLED")
_GAPS = ("is not yet implemented", "is not supported in MiniStack", "is not available in MiniStack")
_BUILT_IN = (
    "states:::lambda:invoke",
    ":activity:",
    "arn:aws:states:::states:startExecution",
    "arn:aws:states:::aws-sdk:",
)


class IntegrationGapError(RuntimeError):
    """A state needs what the emulator cannot play. Not an error of the state, so neither Catch nor Retry takes it."""


@dataclass
class Abandoned:
    """Tells a waiting task that nobody waits for it any more: its state timed out or its execution was stopped."""

    execution: Json | None = None
    timed_out: threading.Event | None = None

    def __bool__(self) -> bool:
        stopped = self.execution is not None and self.execution.get("status") != "RUNNING"
        return stopped or (self.timed_out is not None and self.timed_out.is_set())


_abandoned: contextvars.ContextVar[Abandoned] = contextvars.ContextVar("abandoned")

_WAITED_FOR = Abandoned()


def install(journal: Journal) -> None:
    """Adds the integrations and wraps how MiniStack runs executions and tasks."""
    sfn._SERVICE_DISPATCH["arn:aws:states:::glue:startJobRun"] = start_job_run
    sfn._SERVICE_DISPATCH["arn:aws:states:::athena:startQueryExecution"] = start_query_execution
    sfn._execute_task = _knowing_its_execution(sfn._execute_task)
    sfn._invoke_resource = _refusing_gaps(sfn._invoke_resource, journal)
    sfn._invoke_with_callback = _refusing_gaps(sfn._invoke_with_callback, journal)
    sfn._invoke_resource_with_timeout = _invoke_resource_with_timeout
    sfn._run_execution = _journalled(sfn._run_execution, journal)


def start_job_run(resource: str, request: Json) -> Json:
    """`glue:startJobRun`, and with `.sync` also its end; abandoned, the run is stopped, as AWS does."""
    response = glue._start_job_run(request)
    body = body_of(response)
    if response[0] >= 400:
        raise sfn._ExecutionError(f"Glue.{body['__type']}", body["message"])
    if ".sync" not in resource:
        return {"JobRunId": body["JobRunId"]}
    run = find_run(request["JobName"], body["JobRunId"])
    while "CompletedOn" not in run:
        if _abandoned.get(_WAITED_FOR):
            glue._batch_stop_job_run({"JobName": request["JobName"], "JobRunIds": [run["Id"]]})
            raise sfn._ExecutionError("States.Timeout", f"Nobody waits for run {run['Id']} any more; it was stopped.")
        time.sleep(_POLL_SECONDS)
    detail = _in_milliseconds(run)
    if run["JobRunState"] in _FAILED_RUNS:
        raise sfn._ExecutionError("States.TaskFailed", json.dumps(detail))
    return detail


def start_query_execution(resource: str, request: Json) -> Json:
    """`athena:startQueryExecution`, and with `.sync` also its end."""
    query_id = _call_athena("StartQueryExecution", request)["QueryExecutionId"]
    if ".sync" not in resource:
        return {"QueryExecutionId": query_id}
    while True:
        execution = _call_athena("GetQueryExecution", {"QueryExecutionId": query_id})["QueryExecution"]
        state = execution["Status"]["State"]
        if state in _FAILED_QUERIES:
            raise sfn._ExecutionError("States.TaskFailed", json.dumps({"QueryExecution": execution}))
        if state == "SUCCEEDED":
            return {"QueryExecution": execution}
        if _abandoned.get(_WAITED_FOR):
            _call_athena("StopQueryExecution", {"QueryExecutionId": query_id})
            raise sfn._ExecutionError("States.Timeout", f"Nobody waits for query {query_id} any more.")
        time.sleep(_POLL_SECONDS)


def _call_athena(action: str, request: Json) -> Json:
    """Through MiniStack's own loop, on which Athena starts its queries."""
    headers = {"x-amz-target": f"AmazonAthena.{action}", "content-type": "application/x-amz-json-1.1"}
    body = json.dumps(request)
    response = app.call_service_handler_sync(athena.handle_request, "POST", "/", headers, body, {})
    answer = body_of(response)
    if response[0] >= 400:
        raise sfn._ExecutionError(f"Athena.{answer.get('__type')}", answer.get("message", ""))
    return answer


def _in_milliseconds(run: Json) -> Json:
    times = ("StartedOn", "LastModifiedOn", "CompletedOn")
    return {key: int(value * 1000) if key in times else value for key, value in run.items()}


def _knowing_its_execution(stock: Callable[..., Any]) -> Callable[..., Any]:
    def execute_task(state: Json, raw_input: Any, execution: Json, ctx: Json) -> Any:
        token = _abandoned.set(Abandoned(execution=execution))
        try:
            return stock(state, raw_input, execution, ctx)
        finally:
            _abandoned.reset(token)

    return execute_task


def _invoke_resource_with_timeout(resource: str, request: Any, timeout: float) -> Any:
    """As MiniStack's, but a task whose time is up learns of it and can stop what it started."""
    timed_out = threading.Event()

    def invoke() -> Any:
        _abandoned.set(Abandoned(_abandoned.get(_WAITED_FOR).execution, timed_out))
        return sfn._invoke_resource(resource, request)

    pool = ThreadPoolExecutor(max_workers=1)
    future = pool.submit(contextvars.copy_context().run, invoke)
    pool.shutdown(wait=False)
    try:
        return future.result(timeout=timeout)
    except FutureTimeoutError:
        timed_out.set()
        raise sfn._ExecutionError("States.Timeout", f"Task timed out after {timeout} seconds") from None


def _refusing_gaps(stock: Callable[..., Any], journal: Journal) -> Callable[..., Any]:
    def invoke(resource: str, *arguments: Any) -> Any:
        if not _is_known(resource):
            raise _gap(journal, resource, f"No integration of the emulator plays {resource}.")
        task_roles.authorise(resource, arguments[0], _abandoned.get(_WAITED_FOR).execution)
        try:
            return stock(resource, *arguments)
        except sfn._ExecutionError as error:
            if any(text in str(error.cause) for text in _GAPS):
                raise _gap(journal, resource, str(error.cause)) from error
            raise

    return invoke


def _is_known(resource: str) -> bool:
    if sfn._extract_lambda_ref(resource) or any(part in resource for part in _BUILT_IN):
        return True
    return resource.startswith(tuple(sfn._SERVICE_DISPATCH))


def _gap(journal: Journal, resource: str, cause: str) -> IntegrationGapError:
    journal.violation("integration-not-implemented", resource, cause)
    return IntegrationGapError(cause)


def _journalled(stock: Callable[[str], None], journal: Journal) -> Callable[[str], None]:
    def run_execution(arn: str) -> None:
        started = time.monotonic()
        stock(arn)
        execution = sfn._executions.get(arn) or {}
        error = ": ".join(str(execution[key]) for key in ("error", "cause") if execution.get(key))
        name = execution.get("stateMachineArn", arn).rsplit(":", 1)[-1]
        seconds = time.monotonic() - started
        journal.execution("state-machine", name, execution.get("status", "UNKNOWN"), seconds, error=error or None)

    return run_execution
