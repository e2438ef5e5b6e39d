"""Lake Formation: its CloudFormation types, and its judgement of every request to the Glue catalog.

A database that gives nobody permissions on new tables (an empty CreateTableDefaultPermissions) is governed: whoever
lacks the permission is denied, whatever IAM says, the role that CloudFormation deploys with included. Any other
database is judged by IAM alone, as on AWS.

A resource link shows a database of another account, whose permissions count then.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region, request_scope
from ministack.services import glue
from ministack.services.cloudformation import provisioners

from . import cloudformation, registry
from .catalog_links import CatalogTable, owned
from .config import Principal
from .iam_principals import user_arn
from .journal import Journal
from .lake_permissions import LakeFormationError, LakePermissions, Properties, catalog_of, may_across, visible_across

_PREFIX = "AWS::LakeFormation::"
_KINDS = ("Resource", "Tag", "TagAssociation", "DataCellsFilter", "PrincipalPermissions", "DataLakeSettings")
_DATABASE = "AWS::Glue::Database"
_DEPLOY_ROLE = re.compile(r"(assumed-role/cdk-[a-z0-9]+-)deploy-role-")

Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[Properties], Response]

# Who asks for something that another account answers.
_asking: ContextVar[str | None] = ContextVar("asking", default=None)


class _Lakes(defaultdict[str, LakePermissions]):
    """By account."""

    def __missing__(self, account: str) -> LakePermissions:
        self[account] = LakePermissions(account)
        return self[account]


class LakeFormation:
    """The CloudFormation handlers, and the judge in front of the handlers of Glue."""

    def __init__(self, journal: Journal) -> None:
        self.lakes = _Lakes()
        self._journal = journal

    @property
    def lake(self) -> LakePermissions:
        """Of the account that is asked."""
        return self.lakes[get_account_id()]

    def install(self) -> None:
        """Registers the types and wraps the handlers of Glue."""
        for kind in _KINDS:
            self._register(kind)
        self._watch_databases()
        guard = {
            "_get_database": lambda request: self._needs("DESCRIBE", request.get("Name")),
            "_get_table": self._table("DESCRIBE"),
            "_update_table": self._commit,
            "_delete_table": self._table("DROP"),
            "_get_partitions": self._table("DESCRIBE"),
        }
        for name, judge in guard.items():
            setattr(glue, name, self._judged(getattr(glue, name), judge))
        glue._create_table = self._remembering_creator(self._judged(glue._create_table, self._create))
        glue._get_tables = self._showing_what_may_be_seen(glue._get_tables)
        for name in ("_get_table", "_get_tables", "_get_partitions", "_update_table", "_delete_table"):
            setattr(glue, name, _in_the_owners_account(getattr(glue, name)))

    def visible(self, on: CatalogTable) -> list[Properties] | None:
        """How the caller sees a table, as `LakePermissions.visible` tells it."""
        role, owner = _role(_caller()), self.lakes[on.account]
        own = self.lakes[_account(role)]
        if own is owner:
            return owner.visible(role, on.database, on.table or "")
        return visible_across(owner, own, role, on.database, on.table or "")

    def _may(self, permission: str, database: str, table: str | None) -> bool:
        """Whether the caller may do something in the account that is asked."""
        role, owner = _role(_caller()), self.lake
        own = self.lakes[_account(role)]
        if own is owner:
            return owner.may(role, permission, database, table)
        return may_across(owner, own, role, permission, database, table)

    # What CloudFormation does.

    def _register(self, kind: str) -> None:
        resource_type = _PREFIX + kind
        create, delete = getattr(self, f"_create_{kind}"), getattr(self, f"_delete_{kind}")

        def checked(_logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
            registry.resource_schema(resource_type, get_region()).validate(properties)
            return create(properties) or _identifier(properties), {}

        def update(
            physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
        ) -> tuple[str, Properties]:
            created, attributes = checked(logical_id, new, stack)
            # The new one is there before the old one goes: whatever both hold must stay.
            if old != new and kind != "DataLakeSettings":
                delete(old)
                create(new)
            return created or physical_id, attributes

        cloudformation.register(resource_type, checked, update, lambda _id, properties: delete(properties))

    def _create_Resource(self, properties: Properties) -> str:
        self.lake.locations[properties["ResourceArn"]] = str(properties.get("RoleArn", ""))
        return properties["ResourceArn"]

    def _delete_Resource(self, properties: Properties) -> None:
        self.lake.locations.pop(properties["ResourceArn"], None)

    def _create_Tag(self, properties: Properties) -> str:
        self.lake.tags[properties["TagKey"]] = properties["TagValues"]
        return properties["TagKey"]

    def _delete_Tag(self, properties: Properties) -> None:
        self.lake.tags.pop(properties["TagKey"], None)

    def _create_TagAssociation(self, properties: Properties) -> None:
        for key, value in self._associations(properties):
            if value not in self.lake.tags.get(key[-1], [value]):
                raise LakeFormationError(f"LF-Tag {key[-1]} has no value '{value}'.")
            self.lake.tagged[key] = value

    def _delete_TagAssociation(self, properties: Properties) -> None:
        for key, _ in self._associations(properties):
            self.lake.tagged.pop(key, None)

    def _associations(self, properties: Properties) -> list[tuple[tuple[str, str, str, str], str]]:
        ((_, on),) = properties["Resource"].items()
        database, table = on.get("DatabaseName") or on["Name"], on["Name"] if "DatabaseName" in on else ""
        self._exists(database, table)
        return [
            ((database, table, column, tag["TagKey"]), tag["TagValues"][0])
            for column in on.get("ColumnNames") or [""]
            for tag in properties["LFTags"]
        ]

    def _create_DataCellsFilter(self, properties: Properties) -> str:
        database, table, name = (properties[key] for key in ("DatabaseName", "TableName", "Name"))
        self._exists(database, table)
        self.lake.filters[(database, table, name)] = properties
        return f"{properties['TableCatalogId']}|{database}|{table}|{name}"

    def _delete_DataCellsFilter(self, properties: Properties) -> None:
        self.lake.filters.pop((properties["DatabaseName"], properties["TableName"], properties["Name"]), None)

    def _create_PrincipalPermissions(self, properties: Properties) -> None:
        ((kind, on),) = properties["Resource"].items()
        owner = catalog_of(on) or get_account_id()
        if kind in ("Table", "TableWithColumns"):
            self._exists(on["DatabaseName"], on.get("Name", ""), owner)
        if kind == "Database":
            self._exists(on["Name"], "", owner)
        resource = properties["Resource"]
        self.lake.permit(_principal(properties), properties["Permissions"], resource, of=self.lakes[owner])

    def _delete_PrincipalPermissions(self, properties: Properties) -> None:
        self.lake.revoke(_principal(properties), properties["Permissions"], properties["Resource"])

    def _create_DataLakeSettings(self, properties: Properties) -> None:
        administrators = {one["DataLakePrincipalIdentifier"] for one in properties.get("Admins") or []}
        kept = self.lake.administrators if properties.get("MutationType") == "APPEND" else set()
        self.lake.administrators = kept | administrators

    def _delete_DataLakeSettings(self, _properties: Properties) -> None:
        """The settings of an account stay."""

    def _exists(self, database: str, table: str, owner: str | None = None) -> None:
        key, known = (f"{database}/{table}", glue._tables) if table else (database, glue._databases)
        if known.get_scoped(owner or get_account_id(), get_region(), key) is None:
            name = f"{database}.{table}" if table else database
            raise LakeFormationError(f"Entity not found: {name}; it has to be there first.")

    def _watch_databases(self) -> None:
        handlers = provisioners._RESOURCE_HANDLERS[_DATABASE]

        def watching(stock: Any) -> Any:
            def handler(*arguments: Any) -> Any:
                answer = stock(*arguments)
                properties = next(value for value in reversed(arguments) if isinstance(value, dict))
                given = properties.get("DatabaseInput") or {}
                closed = given.get("CreateTableDefaultPermissions") == []
                (self.lake.closed.add if closed else self.lake.closed.discard)(answer[0])
                if "TargetDatabase" in given:
                    glue._databases[answer[0]]["TargetDatabase"] = given["TargetDatabase"]
                return answer

            return handler

        watched = {name: watching(handlers[name]) for name in ("create", "update") if name in handlers}
        provisioners._RESOURCE_HANDLERS[_DATABASE] = {**handlers, **watched}

    # What the catalog is asked.

    def _judged(self, stock: Handler, judge: Callable[[Properties], str | None]) -> Handler:
        def handle(request: Properties) -> Response:
            lacking = judge(request)
            if lacking is None:
                return stock(request)
            caller = _caller()
            self._journal.denial(caller, f"lakeformation:{lacking.split(' ', 1)[0]}", lacking.split(" on ", 1)[1])
            message = f"Insufficient Lake Formation permission(s): Required {lacking} (User: {caller})"
            return error_response_json("AccessDeniedException", message, 400)

        return handle

    def _remembering_creator(self, stock: Handler) -> Handler:
        def create(request: Properties) -> Response:
            answer = stock(request)
            if answer[0] < 400:
                name = (request.get("TableInput") or {}).get("Name")
                self.lake.creators.add((_role(_caller()), request.get("DatabaseName", ""), name))
            return answer

        return create

    def _needs(self, permission: str, database: str | None, table: str | None = None) -> str | None:
        """What the caller lacks, None when he lacks nothing."""
        name = f"{database}.{table}" if table else str(database)
        if not database or self._may(permission, database, table):
            return None
        return f"{permission} on {name}"

    def _table(self, permission: str) -> Callable[[Properties], str | None]:
        return lambda request: self._needs(
            permission, request.get("DatabaseName"), request.get("Name") or request.get("TableName")
        )

    def _create(self, request: Properties) -> str | None:
        return self._needs("CREATE_TABLE", request.get("DatabaseName")) or self._needs_location(request)

    def _commit(self, request: Properties) -> str | None:
        name = (request.get("TableInput") or {}).get("Name")
        return self._needs("ALTER", request.get("DatabaseName"), name) or self._needs_location(request)

    def _needs_location(self, request: Properties) -> str | None:
        location = ((request.get("TableInput") or {}).get("StorageDescriptor") or {}).get("Location")
        closed = request.get("DatabaseName") in self.lake.closed
        if not closed or not location or self.lake.may_locate(_role(_caller()), location):
            return None
        return f"DATA_LOCATION_ACCESS on {location}"

    def _showing_what_may_be_seen(self, stock: Handler) -> Handler:
        def get_tables(request: Properties) -> Response:
            status, headers, body = stock(request)
            if status >= 400:
                return status, headers, body
            answer, database = json.loads(body), request.get("DatabaseName", "")
            seen = [one for one in answer["TableList"] if self._may("DESCRIBE", database, one["Name"])]
            return status, headers, json.dumps({**answer, "TableList": seen}).encode()

        return get_tables


def _identifier(properties: Properties) -> str:
    """Of a resource that has none of its own: another one when its properties are others."""
    return hashlib.sha256(json.dumps(properties, sort_keys=True).encode()).hexdigest()[:32]


def _principal(properties: Properties) -> str:
    return str(properties["Principal"]["DataLakePrincipalIdentifier"])


def _caller() -> str:
    """Who asks. What the CDK's deploying role has CloudFormation do is done by the role that it passes on."""
    caller = _asking.get() or iam_evaluator.caller_arn()
    deployer = _DEPLOY_ROLE.search(caller)
    return caller.replace(deployer.group(), f"{deployer.group(1)}cfn-exec-role-") if deployer else caller


def _role(arn: str) -> str:
    """The role of a session."""
    if ":assumed-role/" not in arn:
        return arn
    name = arn.split(":assumed-role/", 1)[1].split("/", 1)[0]
    return f"arn:aws:iam::{_account(arn)}:role/{name}"


def _account(arn: str) -> str:
    return arn.split(":")[4]


def _in_the_owners_account(stock: Handler) -> Handler:
    def handle(request: Properties) -> Response:
        on = owned(request.get("DatabaseName", ""), catalog=request.get("CatalogId"))
        if on.account == get_account_id():
            return stock(request)
        asking = _asking.set(_caller())
        try:
            with request_scope(on.account, get_region()):
                return stock({**request, "DatabaseName": on.database, "CatalogId": on.account})
        finally:
            _asking.reset(asking)

    return handle


def install(journal: Journal, principals: Iterable[Principal]) -> LakeFormation:
    """Puts Lake Formation in front of the catalogs."""
    formation = LakeFormation(journal)
    for one in principals:
        if one.is_lake_administrator:
            formation.lakes[one.account].administrators.add(user_arn(one))
    formation.install()
    return formation
