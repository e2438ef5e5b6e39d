"""The IAM users of a rehearsal: who deploys, who starts jobs, who looks at the outcome, each with its own policy."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import iam

from .config import Principal


def install(principals: tuple[Principal, ...], region: str) -> None:
    """Creates the users with their access keys, each in its account."""
    for principal in principals:
        with request_scope(principal.account, region):
            iam._users[principal.name] = _user(principal)
            iam._user_inline_policies[principal.name] = {principal.name: json.dumps(principal.policy)}
            iam._access_keys[principal.access_key_id] = {
                "UserName": principal.name,
                "AccessKeyId": principal.access_key_id,
                "SecretAccessKey": principal.secret_access_key,
                "Status": "Active",
                "CreateDate": "2026-01-01T00:00:00Z",
            }


def user_arn(principal: Principal) -> str:
    """The ARN of one of the users."""
    return f"arn:aws:iam::{principal.account}:user/{principal.name}"


def _user(principal: Principal) -> dict[str, Any]:
    return {
        "UserName": principal.name,
        "Arn": user_arn(principal),
        "UserId": f"AIDA{principal.name.upper():0<17.17}",
        "CreateDate": "2026-01-01T00:00:00Z",
        "Path": "/",
        "PermissionsBoundary": None,
        "AttachedPolicies": [],
        "Tags": [],
    }
