"""Schedules do not fire in a rehearsal: it starts every job and pipeline itself, at a moment of its own.

What a schedule would start is started only when the schedule's role may do so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import eventbridge, glue, scheduler
from ministack.services import stepfunctions as sfn

from .iam_enforcement import AccessDeniedError, require, role_session
from .iam_requests import Requirement
from .registry import Properties

_START_JOB = ":scheduler:::aws-sdk:glue:startJobRun"


def install() -> None:
    """Stops the clocks of EventBridge rules and of EventBridge Scheduler; their resources are kept as records."""
    scheduler._tick_schedules = _do_nothing
    eventbridge._tick_scheduled_rules = _do_nothing
    glue._start_job_run = _as_its_schedules(glue._start_job_run, _job)
    sfn._start_execution = _as_its_schedules(sfn._start_execution, _machine)


def _do_nothing() -> None:
    """Stands where MiniStack would fire what is due."""


def _as_its_schedules(stock: Any, started: Callable[[Properties], Requirement]) -> Any:
    def start(request: Properties) -> Any:
        requirement = started(request)
        try:
            for role in _roles_that_start(requirement):
                require(role_session(role, "schedule")["AWS_ACCESS_KEY_ID"], requirement)
        except AccessDeniedError as error:
            return error_response_json("AccessDeniedException", str(error), 400)
        return stock(request)

    return start


def _job(request: Properties) -> Requirement:
    arn = f"arn:aws:glue:{get_region()}:{get_account_id()}:job/{request.get('JobName')}"
    return Requirement("glue", "glue:StartJobRun", arn)


def _machine(request: Properties) -> Requirement:
    return Requirement("states", "states:StartExecution", str(request.get("stateMachineArn")))


def _roles_that_start(requirement: Requirement) -> Iterator[str]:
    for schedule in scheduler._schedules.values():
        target = schedule["Target"]
        arn = str(target.get("Arn"))
        job = _input(target).get("JobName") if arn.endswith(_START_JOB) else None
        if arn == requirement.resource or (job and requirement.resource.endswith(f":job/{job}")):
            yield target["RoleArn"]


def _input(target: Properties) -> Properties:
    try:
        value = json.loads(target.get("Input") or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
