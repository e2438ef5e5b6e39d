"""Custom resources whose function fails without an answer: the deployment fails at once, with the function's error.

AWS waits for the answer, an hour unless the template says otherwise, and then fails just the same.
"""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource

Json = dict[str, Any]


def install() -> None:
    """Wraps how MiniStack executes a function."""
    stock = lambda_svc._execute_function_with_config_scope

    def execute(func: Json, event: Any) -> Json:
        result = stock(func, event)
        if result.get("error") and isinstance(event, dict) and "ResponseURL" in event:
            _answer_failure(event, result)
        return result

    lambda_svc._execute_function_with_config_scope = execute


def _answer_failure(event: Json, result: Json) -> None:
    token = str(event["ResponseURL"]).rsplit("/", 1)[-1]
    pending = custom_resource._pending.get(token)
    if pending is None or pending["result"] is not None:
        return
    body = result.get("body")
    reason = body.get("errorMessage") if isinstance(body, dict) else body
    answer = {"Status": "FAILED", "Reason": f"The function of {event.get('LogicalResourceId')} failed: {reason}"}
    custom_resource.deliver_response(token, answer)
