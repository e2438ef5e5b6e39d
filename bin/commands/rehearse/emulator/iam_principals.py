"""The IAM users of a rehearsal: who deploys, who starts jobs, who looks at the outcome, each with its own policy."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import iam

from .config import Principal


def install(principals: tuple[Principal, ...]) -> None:
    """Creates the users with their access keys."""
    for principal in principals:
        iam._users[principal.name] = _user(principal.name)
        iam._user_inline_policies[principal.name] = {principal.name: json.dumps(principal.policy)}
        iam._access_keys[principal.access_key_id] = {
            "UserName": principal.name,
            "AccessKeyId": principal.access_key_id,
            "SecretAccessKey": principal.secret_access_key,
            "Status": "Active",
            "CreateDate": "2026-01-01T00:00:00Z",
        }


def user_arn(name: str) -> str:
    """The ARN of one of the users."""
    return f"arn:aws:iam::{get_account_id()}:user/{name}"


def _user(name: str) -> dict[str, Any]:
    return {
        "UserName": name,
        "Arn": user_arn(name),
        "UserId": f"AIDA{name.upper():0<17.17}",
        "CreateDate": "2026-01-01T00:00:00Z",
        "Path": "/",
        "PermissionsBoundary": None,
        "AttachedPolicies": [],
        "Tags": [],
    }
