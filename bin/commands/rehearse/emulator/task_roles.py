"""What a state machine's role must allow for a task: Step Functions calls other services in its name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions as sfn

from .iam_enforcement import AccessDeniedError, require, role_session
from .iam_requests import RequestedResource, Requirement

Json = dict[str, Any]

_INTEGRATION = re.compile(r"^arn:[\w-]+:states:::(?:aws-sdk:)?(?P<service>\w+):(?P<action>\w+)")

# How MiniStack calls a service that Step Functions calls otherwise.
_SERVICES: dict[str, str] = {"sfn": "states", "eventbridge": "events", "cloudwatchlogs": "logs"}

# What Step Functions does besides, while it waits for the end of what it has started.
# https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html (2026-11-24)
_WHILE_WAITING: dict[str, str] = {"StartJobRun": "GetJobRun", "StartQueryExecution": "GetQueryExecution"}


def authorise(resource: str, request: Any, execution: Json | None) -> None:
    """Judges a task before it is done.

    Args:
        resource: The `Resource` of the state.
        request: What the state passes on.
        execution: The execution, which tells the state machine; without one nothing is judged.

    Raises:
        stepfunctions._ExecutionError: `<Service>.AccessDeniedException` when the role does not allow it.
    """
    machine = sfn._state_machines.get((execution or {}).get("stateMachineArn"))
    if machine is None:
        return
    session = role_session(machine["roleArn"], (execution or {}).get("name", "execution"))
    try:
        require(session["AWS_ACCESS_KEY_ID"], *_requirements(resource, request if isinstance(request, dict) else {}))
    except AccessDeniedError as error:
        service = resource.split(":")[-2].title()
        raise sfn._ExecutionError(f"{service}.AccessDeniedException", str(error)) from error


def _requirements(resource: str, request: Json) -> Iterator[Requirement]:
    function = sfn._extract_lambda_ref(resource) or (request.get("FunctionName") if ":lambda:" in resource else None)
    if function:
        yield Requirement("lambda", "lambda:InvokeFunction", _function_arn(function))
        return
    integration = _INTEGRATION.match(resource)
    if integration is None:
        return
    service = _SERVICES.get(integration["service"], integration["service"])
    action = integration["action"][0].upper() + integration["action"][1:]
    actions = [action, *([_WHILE_WAITING[action]] if ".sync" in resource and action in _WHILE_WAITING else [])]
    for one in actions:
        arn = _resource_arn(service, one, request)
        yield Requirement(service, f"{service}:{one}", arn)
        yield from arn.further if isinstance(arn, RequestedResource) else ()


def _resource_arn(service: str, action: str, request: Json) -> str:
    headers, body = {"x-amz-target": f"Service.{action}"}, json.dumps(request).encode()
    # The field of a state machine's ARN begins with a small letter in the service, a capital one in a state.
    query = {**request, **{name[0].lower() + name[1:]: value for name, value in request.items()}}
    if service == "states":
        body = json.dumps(query).encode()
    return iam_actions.extract_resource_arn(service, "POST", "/", headers, body, query, get_region(), get_account_id())


def _function_arn(function: str) -> str:
    if function.startswith("arn:"):
        return function
    return f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{function}"
