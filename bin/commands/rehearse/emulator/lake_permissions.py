"""What Lake Formation keeps: registered locations, tags, filters, permissions; and who may do what with a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

Properties = dict[str, Any]

# Whoever may do one of these to a table may also see its definition.
# https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html (2026-11-24)
_IMPLY_DESCRIBE = ("SELECT", "INSERT", "DELETE", "ALTER", "DROP")


class LakeFormationError(ValueError):
    """Lake Formation refuses a resource; the message is one sentence."""


@dataclass(frozen=True)
class Permission:
    """One principal, one resource, one permission."""

    principal: str
    permission: str
    resource: str

    @property
    def on(self) -> Properties:
        """The resource as CloudFormation has it: one key of `Table`, `Database`, `DataCellsFilter`..."""
        return json.loads(self.resource)


@dataclass
class LakePermissions:
    """The permissions of one account and region."""

    administrators: set[str] = field(default_factory=set)
    locations: dict[str, str] = field(default_factory=dict)
    tags: dict[str, list[str]] = field(default_factory=dict)
    filters: dict[tuple[str, str, str], Properties] = field(default_factory=dict)
    # Database, table or '', column or '', tag key: the value.
    tagged: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    permissions: set[Permission] = field(default_factory=set)
    # Who has created a table may do everything with it: principal, database, table.
    creators: set[tuple[str, str, str | None]] = field(default_factory=set)
    # Databases whose new tables are given to nobody.
    closed: set[str] = field(default_factory=set)

    def permit(self, principal: str, permissions: Iterable[str], resource: Properties) -> None:
        """Permits something on a resource that has to be there."""
        filtered = resource.get("DataCellsFilter")
        if filtered and _filter_key(filtered) not in self.filters:
            raise LakeFormationError(f"Data cells filter {filtered['Name']} not found; it has to be there first.")
        location = resource.get("DataLocation")
        if location and location["ResourceArn"] not in self.locations:
            raise LakeFormationError(f"Resource {location['ResourceArn']} is not registered; register it first.")
        for permission in permissions:
            self.permissions.add(Permission(principal, permission, _text(resource)))

    def revoke(self, principal: str, permissions: Iterable[str], resource: Properties) -> None:
        """Takes permissions away, those that are there."""
        self.permissions -= {Permission(principal, permission, _text(resource)) for permission in permissions}

    def may(self, principal: str, permission: str, database: str, table: str | None = None) -> bool:
        """Whether a role may do something to a table, or to a database where no table is given."""
        if database not in self.closed or (principal, database, table) in self.creators:
            return True
        if permission == "DESCRIBE" and principal in self.administrators:
            return True
        granted = {one.permission for one in self._on(principal, database, table)}
        return permission in granted or (permission == "DESCRIBE" and bool(granted & set(_IMPLY_DESCRIBE)))

    def may_locate(self, principal: str, location: str) -> bool:
        """Whether a role may let tables stand in an `s3://` location; anyone may where none is registered."""
        arn = "arn:aws:s3:::" + location.removeprefix("s3://")
        registered = [one for one in self.locations if arn == one or arn.startswith(f"{one}/")]
        if not registered:
            return True
        allowed = {
            one.on["DataLocation"]["ResourceArn"]
            for one in self.permissions
            if one.principal == principal and one.permission == "DATA_LOCATION_ACCESS"
        }
        return any(arn == one or arn.startswith(f"{one}/") for one in allowed)

    def visible(self, principal: str, database: str, table: str) -> list[Properties] | None:
        """How a role sees a table: None without any restriction, else one filter for each way in, none at all if []."""
        if self.may_whole(principal, database, table):
            return None
        grants = self._on(principal, database, table)
        filters = (one.on.get("DataCellsFilter") for one in grants if one.permission == "SELECT")
        return [self.filters[_filter_key(name)] for name in filters if name]

    def may_whole(self, principal: str, database: str, table: str) -> bool:
        """Whether a role may read every row and column of a table."""
        if database not in self.closed or (principal, database, table) in self.creators:
            return True
        grants = self._on(principal, database, table)
        return any(one.permission == "SELECT" and "DataCellsFilter" not in one.on for one in grants)

    def _on(self, principal: str, database: str, table: str | None) -> Iterator[Permission]:
        for one in self.permissions:
            if one.principal == principal and self._reaches(one.on, database, table):
                yield one

    def _reaches(self, resource: Properties, database: str, table: str | None) -> bool:
        ((kind, on),) = resource.items()
        if kind == "Database":
            return table is None and on["Name"] == database
        if kind == "LFTagPolicy":
            return self._has_tags(on, database, table)
        if kind == "Table":
            whole = "TableWildcard" in on or on.get("Name") == table
            # Who may see a table may see that its database is there.
            return on["DatabaseName"] == database and (table is None or whole)
        if kind == "DataCellsFilter":
            return on["DatabaseName"] == database and (table is None or on["TableName"] == table)
        return False

    def _has_tags(self, policy: Properties, database: str, table: str | None) -> bool:
        if (policy["ResourceType"] == "TABLE") != (table is not None):
            return False
        values = {key: value for (of, on, _, key), value in self.tagged.items() if of == database and on in ("", table)}
        return all(values.get(tag["TagKey"]) in tag["TagValues"] for tag in policy["Expression"])


def _filter_key(named: Properties) -> tuple[str, str, str]:
    return named["DatabaseName"], named["TableName"], named["Name"]


def _text(resource: Properties) -> str:
    return json.dumps(resource, sort_keys=True)
