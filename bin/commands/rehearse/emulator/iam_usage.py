"""Which of the granted permissions are used: what the deployed policies grant, and what of it allowed a request.

A grant nobody used in a rehearsal is either too much, or needed by something that only AWS has.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from ministack.core import iam_evaluator
from ministack.services.cloudformation import provisioners

from .journal import Journal
from .registry import Properties

_ROLE = "AWS::IAM::Role"
_POLICY_TYPES = (_ROLE, "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


class RolePolicies(list[Any]):
    """The parsed policies of one role, as MiniStack's evaluator takes them."""

    def __init__(self, role: str, policies: list[Any]) -> None:
        super().__init__(policies)
        self.role = role


@dataclass
class UsedGrants:
    """Journals every policy that is deployed, and every grant of a role the first time that it allows a request."""

    journal: Journal
    _seen: set[tuple[str, str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def install(self) -> None:
        """Wraps MiniStack's evaluator and its handlers of policies."""
        iam_evaluator._gather_role_policies = self._remembering_role(iam_evaluator._gather_role_policies)
        iam_evaluator.evaluate = self._noting_grants(iam_evaluator.evaluate)
        for resource_type in _POLICY_TYPES:
            handlers = provisioners._RESOURCE_HANDLERS[resource_type]
            provisioners._RESOURCE_HANDLERS[resource_type] = {
                **handlers,
                "create": self._journalling_policy(resource_type, handlers["create"]),
                "update": self._journalling_policy(resource_type, handlers["update"]),
            }

    def _remembering_role(self, stock: Any) -> Any:
        def gather(role_name: str, account_id: str) -> RolePolicies:
            return RolePolicies(role_name, stock(role_name, account_id))

        return gather

    def _noting_grants(self, stock: Any) -> Any:
        def evaluate(ctx: Any, policies: Any, *limits: Any) -> Any:
            result = stock(ctx, policies, *limits)
            if result.decision == "Allow" and isinstance(policies, RolePolicies):
                self._note(ctx, policies)
            return result

        return evaluate

    def _note(self, ctx: Any, policies: RolePolicies) -> None:
        for statement in (statement for statements in policies for statement in statements):
            if statement.effect != "Allow":
                continue
            for action in statement.actions:
                if not iam_evaluator.fnmatch_iam(ctx.action, action):
                    continue
                for resource in statement.resources:
                    if (policies.role, action, resource) not in self._seen and _applies(ctx, statement, resource):
                        self._write(policies.role, action, resource)

    def _write(self, role: str, action: str, resource: str) -> None:
        with self._lock:
            if (role, action, resource) in self._seen:
                return
            self._seen.add((role, action, resource))
        self.journal.grant_used(role, action, resource)

    def _journalling_policy(self, resource_type: str, stock: Any) -> Any:
        def handler(*arguments: Any) -> Any:
            answer = stock(*arguments)
            properties = next(value for value in reversed(arguments) if isinstance(value, dict))
            self.journal.policy(answer[0], _roles(resource_type, answer[0], properties), _allowed(properties))
            return answer

        return handler


def _applies(ctx: Any, statement: Any, resource: str) -> bool:
    return iam_evaluator.fnmatch_iam_cs(ctx.resource_arn, resource) and iam_evaluator._conditions_met(
        statement.conditions, ctx
    )


def _roles(resource_type: str, physical_id: str, properties: Properties) -> list[str]:
    return [physical_id] if resource_type == _ROLE else list(properties.get("Roles") or [])


def _allowed(properties: Properties) -> list[tuple[str, str]]:
    """The action and resource patterns that a resource's policies allow."""
    documents = [properties.get("PolicyDocument"), *(p.get("PolicyDocument") for p in properties.get("Policies") or [])]
    return [
        (action, resource)
        for document in documents
        if document
        for statement in iam_evaluator.parse_policy_document(_text(document))
        if statement.effect == "Allow"
        for action in statement.actions
        for resource in statement.resources
    ]


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)
