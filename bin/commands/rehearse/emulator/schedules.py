"""Schedules do not fire in a rehearsal: it starts every job and pipeline itself, at a moment of its own.

What a schedule would start is started only when the schedule's role may do so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import eventbridge, glue, lambda_svc, scheduler
from ministack.services import stepfunctions as sfn

from .iam_enforcement import AccessDeniedError, require, role_session
from .iam_requests import Requirement
from .registry import Properties

_START_JOB = ":scheduler:::aws-sdk:glue:startJobRun"
_START_EVALUATION = ":scheduler:::aws-sdk:glue:startDataQualityRulesetEvaluationRun"


def install() -> None:
    """Stops the clocks of EventBridge rules and of EventBridge Scheduler; their resources are kept as records."""
    scheduler._tick_schedules = _do_nothing
    eventbridge._tick_scheduled_rules = _do_nothing
    glue._start_job_run = as_its_schedules(glue._start_job_run, _job)
    sfn._start_execution = as_its_schedules(sfn._start_execution, _machine)
    lambda_svc._execute_function_warm = _called_as_its_schedules(lambda_svc._execute_function_warm)


def _do_nothing() -> None:
    """Stands where MiniStack would fire what is due."""


def as_its_schedules(stock: Any, started: Callable[[Properties], Requirement]) -> Any:
    """An operation that is done for whoever asks only when the schedules that would start the same may do so, too.

    Args:
        stock: The operation.
        started: What it needs a permission for, from its request.
    """

    def start(request: Properties) -> Any:
        requirement = started(request)
        try:
            for role in _roles_that_start(requirement):
                require(role_session(role, "schedule")["AWS_ACCESS_KEY_ID"], requirement)
        except AccessDeniedError as error:
            return error_response_json("AccessDeniedException", str(error), 400)
        return stock(request)

    return start


def _called_as_its_schedules(stock: Any) -> Any:
    """A call of a function with just what a schedule would give it is one of that schedule."""

    def execute(func: Properties, event: Any, request_id: str) -> Any:
        arn = str((func.get("config") or func).get("FunctionArn"))
        requirement = Requirement("lambda", "lambda:InvokeFunction", arn)
        try:
            for target in _targets(arn):
                if event and _input(target) == event:
                    require(role_session(target["RoleArn"], "schedule")["AWS_ACCESS_KEY_ID"], requirement)
        except AccessDeniedError as error:
            body = {"errorType": "AccessDeniedException", "errorMessage": str(error)}
            return {"body": body, "error": True, "log": ""}
        return stock(func, event, request_id)

    return execute


def _job(request: Properties) -> Requirement:
    arn = f"arn:aws:glue:{get_region()}:{get_account_id()}:job/{request.get('JobName')}"
    return Requirement("glue", "glue:StartJobRun", arn)


def _machine(request: Properties) -> Requirement:
    return Requirement("states", "states:StartExecution", str(request.get("stateMachineArn")))


def _roles_that_start(requirement: Requirement) -> Iterator[str]:
    for target in _targets(requirement.resource):
        yield target["RoleArn"]


def _targets(resource: str) -> Iterator[Properties]:
    """The targets of schedules that start something, by its ARN."""
    for schedule in scheduler._schedules.values():
        target = schedule["Target"]
        arn = str(target.get("Arn"))
        if arn == resource or resource in _started(arn, _input(target)):
            yield target


def _started(arn: str, given: Properties) -> list[str]:
    prefix = f"arn:aws:glue:{get_region()}:{get_account_id()}"
    if arn.endswith(_START_JOB):
        return [f"{prefix}:job/{given.get('JobName')}"]
    if arn.endswith(_START_EVALUATION):
        return [f"{prefix}:dataQualityRuleset/{name}" for name in given.get("RulesetNames") or []]
    return []


def _input(target: Properties) -> Properties:
    try:
        value = json.loads(target.get("Input") or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
