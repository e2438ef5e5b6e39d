"""Secrets of Secrets Manager: `Ref` gives their ARN, as CloudFormation says, where MiniStack gives their name.

Policies that name a secret by `Ref` would allow nothing otherwise.
"""

from __future__ import annotations

from typing import Any

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

from .registry import Properties

_TYPE = "AWS::SecretsManager::Secret"


def install() -> None:
    """Wraps the handlers of the type."""
    stock = provisioners._RESOURCE_HANDLERS[_TYPE]

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, Properties]:
        _, attributes = stock["create"](logical_id, properties, stack)
        return attributes["Arn"], attributes

    def update(arn: str, *rest: Any) -> tuple[str, Properties]:
        _, attributes = stock["update"](_name_of(arn), *rest)
        return arn, attributes

    def delete(arn: str, properties: Properties) -> None:
        stock["delete"](_name_of(arn), properties)

    provisioners._RESOURCE_HANDLERS[_TYPE] = {**stock, "create": create, "update": update, "delete": delete}


def _name_of(arn: str) -> str:
    name, _ = secretsmanager._resolve(arn)
    return name or arn
