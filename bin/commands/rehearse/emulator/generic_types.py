"""CloudFormation types that MiniStack lacks, kept as records: properties checked, identifiers and attributes made up.

Nothing stands behind such a resource, so its label is `recorded`. Identifiers are derived from stack and logical id,
so that they stay the same through updates.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation import provisioners

from . import registry
from .registry import Properties, ResourceSchema

# Ref does not return the primary identifier of these types (CloudFormation user guide, "Return values" of each).
_REF_PROPERTY: dict[str, str] = {
    "AWS::EC2::EIP": "PublicIp",
    "AWS::Athena::NamedQuery": "NamedQueryId",
}

# The prefix that EC2 gives to the ids of a type.
_ID_PREFIX: dict[str, str] = {
    "AWS::EC2::EIP": "eipalloc-",
    "AWS::EC2::FlowLog": "fl-",
    "AWS::EC2::NatGateway": "nat-",
    "AWS::EC2::NetworkAcl": "acl-",
    "AWS::EC2::SecurityGroupEgress": "sgr-",
    "AWS::EC2::SecurityGroupIngress": "sgr-",
}

# MiniStack's own handler would start what cannot be had here, the image of a service.
_BETTER_RECORDED = frozenset({"AWS::ECS::Service"})

# Where the service of an ARN is not that of the type, in lower case.
_ARN_SERVICE: dict[str, str] = {"EMRServerless": "emr-serverless", "MSK": "kafka"}


@dataclass(frozen=True)
class GenericType:
    """The CloudFormation handlers of one type."""

    resource_type: str

    def create(self, logical_id: str, properties: Properties, stack: str) -> tuple[str, Properties]:
        """Checks the properties and answers with the physical id and the attributes."""
        schema = registry.resource_schema(self.resource_type, get_region())
        schema.validate(properties)
        name = _name(schema, properties) or provisioners._physical_name(stack, logical_id)
        attributes = {path: _attribute(schema, path, name) for path in schema.read_only}
        return _reference(schema, properties, attributes, name), attributes

    def update(
        self, physical_id: str, _old: Properties, new: Properties, stack: str, logical_id: str
    ) -> tuple[str, Properties]:
        """Checks the new properties; the identity stays, since every create-only change has been a replacement."""
        _, attributes = self.create(logical_id, new, stack)
        return physical_id, attributes

    def delete(self, _physical_id: str, _properties: Properties) -> None:
        """Forgets the resource, of which nothing but the stack's own record existed."""

    def handlers(self) -> dict[str, Any]:
        """What MiniStack's table of resource handlers wants."""
        return {"create": self.create, "update": self.update, "update_with_logical_id": True, "delete": self.delete}


def install(region: str) -> frozenset[str]:
    """Adds a generic handler for every type of the registry that MiniStack lacks; answers with those types."""
    missing = registry.resource_types(region) - set(provisioners._RESOURCE_HANDLERS) | _BETTER_RECORDED
    for resource_type in missing:
        provisioners._RESOURCE_HANDLERS[resource_type] = GenericType(resource_type).handlers()
    return frozenset(missing)


def _reference(schema: ResourceSchema, properties: Properties, attributes: Properties, name: str) -> str:
    paths = schema.primary_identifier
    if schema.resource_type in _REF_PROPERTY:
        paths = (_REF_PROPERTY[schema.resource_type],)
    return "|".join(str(properties.get(path) or attributes.get(path) or name) for path in paths) or name


def _name(schema: ResourceSchema, properties: Properties) -> str | None:
    """The name that the template gives, when it alone identifies the resource."""
    path = schema.primary_identifier[0] if len(schema.primary_identifier) == 1 else ""
    given = properties.get(path)
    return given if isinstance(given, str) else None


def _attribute(schema: ResourceSchema, path: str, name: str) -> Any:
    kind = schema.property_schema(path).get("type", "string")
    if kind in ("integer", "number"):
        return 1
    if kind == "boolean":
        return False
    if kind == "array":
        return []
    if kind == "object":
        return {}
    return _text_attribute(schema.resource_type, path, name)


def _text_attribute(resource_type: str, path: str, name: str) -> str:
    _, service, resource = resource_type.split("::")
    token = hashlib.sha256(f"{name}/{path}".encode()).hexdigest()[:17]
    leaf = path.split(".")[-1]
    if leaf.lower().endswith("arn"):
        prefix = f"arn:aws:{_ARN_SERVICE.get(service, service.lower())}:{get_region()}:{get_account_id()}"
        return f"{prefix}:{resource.lower()}/{name}"
    if leaf == "PublicIp":
        return f"203.0.113.{int(token[:2], 16) % 254 + 1}"
    return f"{_ID_PREFIX.get(resource_type, '')}{token}"
