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

# The way into a table that shows all of it.
WHOLE = "whole"


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
    """The permissions that one account has given, in one region.

    Attributes:
        account: Twelve digits.
    """

    account: str
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

    def permit(
        self, principal: str, permissions: Iterable[str], resource: Properties, *, of: LakePermissions | None = None
    ) -> None:
        """Permits something on a resource that has to be there, in the catalog of `of` or this account's own."""
        filtered = resource.get("DataCellsFilter")
        if filtered and _filter_key(filtered) not in (of or self).filters:
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
        return _suffices(self.permitted(principal, database, table), permission)

    def permitted(
        self, principal: str, database: str, table: str | None, *, of: LakePermissions | None = None
    ) -> set[str]:
        """What a principal may do to a table or database by what it was permitted here.

        Args:
            principal: A role, or an account.
            database: In the catalog of `of`.
            table: None for the database.
            of: Whose catalog the database is in; this account's own by default.
        """
        return {one.permission for one in self._on(principal, database, table, of or self)}

    def may_locate(self, principal: str, location: str) -> bool:
        """Whether a role may let tables stand in an `s3://` location; anyone may where none is registered."""
        arn = "arn:aws:s3:::" + location.removeprefix("s3://")
        if not self.registered(arn):
            return True
        allowed = {
            one.on["DataLocation"]["ResourceArn"]
            for one in self.permissions
            if one.principal == principal and one.permission == "DATA_LOCATION_ACCESS"
        }
        return any(arn == one or arn.startswith(f"{one}/") for one in allowed)

    def registered(self, arn: str) -> bool:
        """Whether an S3 path lies in a location that is registered."""
        return any(arn == one or arn.startswith(f"{one}/") for one in self.locations)

    def visible(self, principal: str, database: str, table: str) -> list[Properties] | None:
        """How a role sees a table: None without any restriction, else one filter for each way in, none at all if []."""
        if database not in self.closed or (principal, database, table) in self.creators:
            return None
        return self.filters_of(self.ways_in(principal, database, table))

    def ways_in(self, principal: str, database: str, table: str, *, of: LakePermissions | None = None) -> set[str]:
        """What a principal may read of a table: `WHOLE`, filters by name, and lists of columns, as text."""
        grants = self._on(principal, database, table, of or self)
        return {_way(one.on) for one in grants if one.permission == "SELECT"}

    def filters_of(self, ways: Iterable[str]) -> list[Properties] | None:
        """The filters of several ways in; None when one of them lets everything through."""
        ways = sorted(ways)
        if WHOLE in ways:
            return None
        named = (json.loads(way) for way in ways)
        return [self.filters[_filter_key(one)] if "TableName" in one else one for one in named]

    def _on(self, principal: str, database: str, table: str | None, of: LakePermissions) -> Iterator[Permission]:
        for one in self.permissions:
            if one.principal == principal and self._reaches(one.on, database, table, of):
                yield one

    def _reaches(self, resource: Properties, database: str, table: str | None, of: LakePermissions) -> bool:
        ((kind, on),) = resource.items()
        if (catalog_of(on) or self.account) != of.account:
            return False
        if kind == "Database":
            return table is None and on["Name"] == database
        if kind == "LFTagPolicy":
            return of._has_tags(on, database, table)
        if kind in ("Table", "TableWithColumns"):
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


def may_across(
    owner: LakePermissions, own: LakePermissions, role: str, permission: str, database: str, table: str | None
) -> bool:
    """Whether a role may do something to a table of another account.

    The owner permits it to the role, or to its account; an account's administrator has to pass that on to the role.
    https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-permissions.html (2026-11-28)

    Args:
        owner: Of the table's account, which has to govern the database: IAM alone opens no other account's catalog.
        own: Of the role's account.
        role: Its ARN.
        permission: Such as `DESCRIBE`.
        database: In the owner's catalog.
        table: None for the database.
    """
    if database not in owner.closed:
        return False
    if _suffices(owner.permitted(role, database, table), permission):
        return True
    to_account = _suffices(owner.permitted(own.account, database, table), permission)
    return to_account and _suffices(own.permitted(role, database, table, of=owner), permission)


def visible_across(
    owner: LakePermissions, own: LakePermissions, role: str, database: str, table: str
) -> list[Properties] | None:
    """How a role sees a table of another account, in the words of `LakePermissions.visible`."""
    if database not in owner.closed:
        return []
    passed_on = owner.ways_in(own.account, database, table) & own.ways_in(role, database, table, of=owner)
    return owner.filters_of(owner.ways_in(role, database, table) | passed_on)


def catalog_of(on: Properties) -> str | None:
    """The account whose catalog has a resource; None when it goes without saying."""
    return on.get("CatalogId") or on.get("TableCatalogId")


def _suffices(permitted: set[str], permission: str) -> bool:
    return permission in permitted or (permission == "DESCRIBE" and bool(permitted & set(_IMPLY_DESCRIBE)))


def _way(resource: Properties) -> str:
    """The way into a table that a permission to SELECT opens."""
    ((kind, on),) = resource.items()
    if kind == "DataCellsFilter":
        return _text({key: on[key] for key in ("DatabaseName", "TableName", "Name")})
    if kind == "TableWithColumns":
        return _text({key: on[key] for key in ("ColumnNames", "ColumnWildcard") if key in on})
    return WHOLE


def _filter_key(named: Properties) -> tuple[str, str, str]:
    return named["DatabaseName"], named["TableName"], named["Name"]


def _text(resource: Properties) -> str:
    return json.dumps(resource, sort_keys=True)
