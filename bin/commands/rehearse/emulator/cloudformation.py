"""CloudFormation as the rehearsal needs it: every resource journalled with its label, unknown types refused by name."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import changesets, handlers, provisioners, stacks

from . import registry
from .journal import Journal
from .labels import UNSUPPORTED, capability
from .registry import Properties

Created = tuple[str, Properties]


def install(journal: Journal, region: str, generic: frozenset[str]) -> None:
    """Wraps how MiniStack provisions, replaces and refuses resources.

    Args:
        journal: Gets one `resource` event for every resource that was created.
        region: The region whose registry is asked which change replaces a resource.
        generic: The types that MiniStack itself does not know.
    """
    _journal_provisioning(journal, generic)
    _keep_given_attributes_through_updates()
    _replace_as_the_registry_says(region, generic)
    _explain_unknown_types(journal)


def run_on_worker_thread(resource_types: frozenset[str]) -> None:
    """Has resources of these types provisioned off MiniStack's event loop, because that takes a while."""
    stock: Callable[[str], bool] = stacks._runs_on_worker_thread
    stacks._runs_on_worker_thread = lambda resource_type: resource_type in resource_types or stock(resource_type)


def register(resource_type: str, create: Any, update: Any, delete: Any) -> None:
    """Makes these the CloudFormation handlers of a type.

    Args:
        resource_type: Such as `AWS::MSK::Topic`.
        create: `(logical_id, properties, stack) -> (physical id, attributes)`.
        update: `(physical_id, old, new, stack, logical_id) -> (physical id, attributes)`.
        delete: `(physical_id, properties) -> None`.
    """
    provisioners._RESOURCE_HANDLERS[resource_type] = {
        "create": create,
        "update": update,
        "update_with_logical_id": True,
        "delete": delete,
    }


def _journal_provisioning(journal: Journal, generic: frozenset[str]) -> None:
    stock: Callable[[str, str, Properties, str], Created] = stacks._provision_resource

    def provision(resource_type: str, logical_id: str, properties: Properties, stack: str) -> Created:
        started = time.monotonic()
        custom = resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"
        try:
            created = stock(resource_type, logical_id, properties, stack)
        except Exception as error:
            if custom:
                seconds = time.monotonic() - started
                journal.execution("custom-resource", logical_id, "FAILED", seconds, error=str(error))
            raise
        if custom:
            journal.execution("custom-resource", logical_id, "SUCCEEDED", time.monotonic() - started)
        iceberg = "OpenTableFormatInput" in properties
        label = capability(resource_type, iceberg=iceberg, generic=resource_type in generic)
        physical_id = str(created[0])
        journal.resource(stack, logical_id, resource_type, label.label, label.note, physical_id=physical_id)
        return _with_given_attributes(created, properties)

    stacks._provision_resource = provision
    provisioners._provision_resource = provision


def _keep_given_attributes_through_updates() -> None:
    stock: Callable[..., Created] = stacks._update_resource

    def update(resource_type: str, physical_id: str, old: Properties, new: Properties, *rest: Any) -> Created:
        return _with_given_attributes(stock(resource_type, physical_id, old, new, *rest), new)

    stacks._update_resource = update


def _with_given_attributes(created: Created, properties: Properties) -> Created:
    """Some attributes are but what the template gave, such as a VPC's CidrBlock; MiniStack does not know them all."""
    physical_id, attributes = created
    given = {name: value for name, value in properties.items() if isinstance(value, str) and name != "ServiceToken"}
    return physical_id, {**given, **(attributes or {})}


def _replace_as_the_registry_says(region: str, generic: frozenset[str]) -> None:
    """MiniStack knows the create-only properties of its own types; the registry knows those of all the others."""
    stock: Callable[[str, Properties, Properties], bool] = provisioners._replacing_change

    def replacing_change(resource_type: str, old: Properties, new: Properties) -> bool:
        if resource_type in generic:
            return registry.resource_schema(resource_type, region).requires_replacement(old, new)
        return stock(resource_type, old, new)

    provisioners._replacing_change = replacing_change
    stacks._replacing_change = replacing_change


def _explain_unknown_types(journal: Journal) -> None:
    stock: Callable[..., None] = handlers.validate_template_support

    def validate(template: dict[str, Any], conditions: dict[str, bool], params: dict[str, Any] | None = None) -> None:
        for logical_id, resource in (template.get("Resources") or {}).items():
            resource_type = str(resource.get("Type", ""))
            if not _is_known(resource_type) and conditions.get(resource.get("Condition", ""), True):
                note = "No schema of the registry and no handler of the emulator knows this type."
                journal.resource("", logical_id, resource_type, UNSUPPORTED, note)
                raise ValueError(
                    f"Template format error: Unrecognized resource types: [{resource_type}] ({logical_id}). {note} "
                    "Check its spelling, or leave the resource out of what is rehearsed."
                )
        stock(template, conditions, params)

    handlers.validate_template_support = validate
    changesets.validate_template_support = validate


def _is_known(resource_type: str) -> bool:
    return resource_type in provisioners._RESOURCE_HANDLERS or resource_type.startswith("Custom::")
