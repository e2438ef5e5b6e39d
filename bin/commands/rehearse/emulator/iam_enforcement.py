"""IAM as AWS enforces it: every signed request is judged by the policies of the role or user that sends it.

MiniStack judges the request's own action; here its gaps are closed (see `iam_requests`), a denial names the action and
the resource that it is about, and what was allowed and denied is journalled.
"""

from __future__ import annotations

import contextvars
import re
import secrets
import time
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import sts

from .iam_requests import Request, RequestedResource, Requirement, requested_resource
from .iam_usage import UsedGrants
from .journal import Journal

_SESSION_SECONDS = 12 * 3600
_SESSION = re.compile(r"^arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.*$")

_denied: contextvars.ContextVar[Requirement | None] = contextvars.ContextVar("denied", default=None)


class AccessDeniedError(Exception):
    """A role may not do what a service does in its name; the message is that of AWS."""


def install(journal: Journal) -> None:
    """Wraps MiniStack's evaluator."""
    iam_evaluator._resolve_condition_key = as_on_aws(iam_evaluator._resolve_condition_key)
    iam_actions.extract_resource_arn = _with_further_resources(iam_actions.extract_resource_arn)
    iam_evaluator.enforce = _enforcing_all(iam_evaluator.enforce, journal)
    iam_actions.access_denied_response = _naming_what_is_denied(iam_actions.access_denied_response)
    UsedGrants(journal).install()


def role_session(role: str, session_name: str) -> dict[str, str]:
    """Temporary credentials of a role, by its name or ARN, as a service that assumes it gets them."""
    name = role.rsplit("/", 1)[-1]
    key, secret, token = f"ASIA{secrets.token_hex(8).upper()}", secrets.token_hex(20), secrets.token_hex(32)
    session = {
        "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{name}/{session_name}",
        "UserId": f"AROA{secrets.token_hex(9)[:17].upper()}:{session_name}",
        "SecretAccessKey": secret,
        "SessionToken": token,
        "Expiration": time.time() + _SESSION_SECONDS,
    }
    sts.register_session(key, session)
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def require(access_key: str, *requirements: Requirement) -> None:
    """Judges what a service does for whoever owns the key, without a request of his own.

    Raises:
        AccessDeniedError: when his policies do not allow it.
    """
    for requirement in requirements if app.AUTH else ():
        denied = iam_evaluator.enforce(
            access_key, requirement.action, requirement.service, get_region(), resource_arn=requirement.resource
        )
        if denied is not None:
            principal = getattr(denied, "principal_arn", access_key)
            raise AccessDeniedError(
                f"User: {principal} is not authorized to perform: {requirement.action} on resource: "
                f"{requirement.resource} because no identity-based policy allows the {requirement.action} action"
            )


def as_on_aws(stock: Any) -> Any:
    """Condition keys that MiniStack knows otherwise.

    The emulator speaks plain HTTP on 127.0.0.1: every policy that demands TLS would deny everything. Of a session the
    principal's ARN is that of its role.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html (not verified on AWS)
    """

    def resolve(key: str, ctx: Any) -> Any:
        if key.lower() == "aws:securetransport":
            return "true"
        value = stock(key, ctx)
        if key.lower() == "aws:principalarn" and value:
            return _SESSION.sub(r"arn:\1:iam::\2:role/\3", str(value))
        return value

    return resolve


def _with_further_resources(stock: Any) -> Any:
    def extract(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        region: str,
        account_id: str,
    ) -> str:
        arn = stock(service, method, path, headers, body, query_params, region, account_id)
        # A bucket that is named in the host is asked for without region and account.
        request = Request(
            method, path, headers, body, query_params, region or get_region(), account_id or get_account_id()
        )
        return requested_resource(service, request, arn)

    return extract


def _enforcing_all(stock: Any, journal: Journal) -> Any:
    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        _denied.set(None)
        further = resource_arn.further if isinstance(resource_arn, RequestedResource) else ()
        for requirement in (Requirement(service, iam_action, resource_arn), *further):
            same = requirement.service == service
            own = {**(service_context or {}), **getattr(resource_arn, "context", {})}
            context = own if same else {"kms:viaservice": f"{service}.{region}.amazonaws.com"}
            denied = stock(
                access_key_id, requirement.action, requirement.service, region, requirement.resource, context
            )
            if denied:
                _denied.set(requirement)
                journal.denial(getattr(denied, "principal_arn", ""), requirement.action, str(requirement.resource))
                return denied
        return None

    return enforce


def _naming_what_is_denied(stock: Any) -> Any:
    def respond(service: str, action: str, principal_arn: str, request_id: str, **details: Any) -> Any:
        requirement = _denied.get()
        if requirement is not None and principal_arn and not details.get("resource_policy_arn"):
            details["message"] = iam_actions.identity_denial_message(
                requirement.action, principal_arn, requirement.resource, bool(details.get("explicit_deny"))
            )
        return stock(service, action, principal_arn, request_id, **details)

    return respond
