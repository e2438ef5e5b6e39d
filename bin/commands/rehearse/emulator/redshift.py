"""Redshift Serverless on one local PostgreSQL: namespaces, workgroups, the Data API, and logins with the role of IAM.

Databases, schemas, roles and grants are really there, so that a task that lacks a grant fails. PostgreSQL has no roles
apart from users, and no password that is a digest of Redshift's: `postgres_sql` says what is written otherwise.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ministack import app
from ministack.core import iam_evaluator, router
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import secretsmanager

from . import cloudformation, registry
from .containers import POSTGRES, PYTHON
from .engines import Engines
from .iam_requests import Request, RequestedResource, narrow
from .journal import Journal
from .registry import Properties

Json = dict[str, Any]

NAMESPACE = "AWS::RedshiftServerless::Namespace"
WORKGROUP = "AWS::RedshiftServerless::Workgroup"

_DATA = "redshift-data"
_SERVERLESS = "redshift-serverless"
_SESSION = Path(__file__).with_name("redshift_session.py")
_LOGIN_SECONDS = 3600


class StatementError(Exception):
    """A statement failed; the message is PostgreSQL's."""


@dataclass
class Postgres:
    """Sends statements, through a process that has a driver."""

    engines: Engines
    _process: subprocess.Popen[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, database: str, sql: str, role: str | None = None) -> Json:
        """Runs one statement as the administrator, or as `role`.

        Raises:
            StatementError: when PostgreSQL refuses it.
        """
        with self._lock:
            process = self._started()
            assert process.stdin and process.stdout
            process.stdin.write(json.dumps({"database": database, "sql": sql, "role": role}) + "\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline() or '{"error": "the session with PostgreSQL has ended"}')
        if "error" in answer:
            raise StatementError(answer["error"])
        return answer

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        url = urlsplit(self.engines.require(POSTGRES, "A Redshift workgroup"))
        return str(url.hostname), int(url.port or 5432)

    def _started(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            url = self.engines.require(POSTGRES, "A Redshift namespace")
            python = self.engines.require(PYTHON, "A Redshift namespace")
            self._process = subprocess.Popen(
                [python, str(_SESSION)],
                env={"POSTGRES_URL": url, "PATH": os.environ.get("PATH", "")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process


@dataclass
class Warehouses:
    """Namespaces and workgroups by name, statements by id, usage limits by id."""

    region: str
    postgres: Postgres
    journal: Journal
    namespaces: dict[str, Json] = field(default_factory=dict)
    workgroups: dict[str, Json] = field(default_factory=dict)
    statements: dict[str, Json] = field(default_factory=dict)
    limits: dict[str, Json] = field(default_factory=dict)

    def create_namespace(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Creates the database, and the secret that Redshift would manage."""
        registry.resource_schema(NAMESPACE, self.region).validate(properties)
        name, database = properties["NamespaceName"], properties.get("DbName", "dev").lower()
        if name in self.namespaces:
            raise ValueError(f"{NAMESPACE}: a namespace named {name} already exists.")
        self.postgres.run("postgres", f'CREATE DATABASE "{database}"')
        namespace_id = str(uuid.uuid4())
        self.namespaces[name] = {
            "namespaceName": name,
            "namespaceId": namespace_id,
            "namespaceArn": self._arn("namespace", namespace_id),
            "adminUsername": properties.get("AdminUsername", "admin"),
            "dbName": database,
            "kmsKeyId": properties.get("KmsKeyId", ""),
            "status": "AVAILABLE",
            "logExports": properties.get("LogExports", []),
        }
        if properties.get("ManageAdminPassword") in (True, "true"):
            self._manage_secret(self.namespaces[name], properties)
        return name, self._namespace_attributes(name)

    def update_namespace(
        self, name: str, _old: Properties, new: Properties, _stack: str, _logical_id: str
    ) -> tuple[str, Properties]:
        """Takes the new settings over into the record; the database stays."""
        registry.resource_schema(NAMESPACE, self.region).validate(new)
        self.namespaces[name]["logExports"] = new.get("LogExports", [])
        return name, self._namespace_attributes(name)

    def delete_namespace(self, name: str, _properties: Properties) -> None:
        """Drops the database with everything in it."""
        namespace = self.namespaces.pop(name, None)
        if namespace:
            self.postgres.run("postgres", f'DROP DATABASE IF EXISTS "{namespace["dbName"]}" WITH (FORCE)')

    def create_workgroup(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Binds the workgroup to the local PostgreSQL."""
        registry.resource_schema(WORKGROUP, self.region).validate(properties)
        name, namespace = properties["WorkgroupName"], properties.get("NamespaceName", "")
        if namespace not in self.namespaces:
            raise ValueError(f"{WORKGROUP}: {name}: no namespace {namespace}.")
        host, port = self.postgres.address
        self.workgroups[name] = {
            "workgroupName": name,
            "workgroupArn": self._arn("workgroup", str(uuid.uuid4())),
            "namespaceName": namespace,
            "endpoint": {"address": host, "port": port},
            "status": "AVAILABLE",
        }
        return name, self._workgroup_attributes(name, properties)

    def update_workgroup(
        self, name: str, _old: Properties, new: Properties, _stack: str, _logical_id: str
    ) -> tuple[str, Properties]:
        """Checks the new settings, which nothing here applies."""
        registry.resource_schema(WORKGROUP, self.region).validate(new)
        return name, self._workgroup_attributes(name, new)

    def delete_workgroup(self, name: str, _properties: Properties) -> None:
        """Forgets it; the local PostgreSQL goes on."""
        self.workgroups.pop(name, None)

    def get_namespace(self, request: Json) -> Any:
        """GetNamespace."""
        found = self.namespaces.get(request.get("namespaceName", ""))
        return json_response({"namespace": found}) if found else _not_found("namespace", request)

    def get_workgroup(self, request: Json) -> Any:
        """GetWorkgroup."""
        found = self.workgroups.get(request.get("workgroupName", ""))
        return json_response({"workgroup": found}) if found else _not_found("workgroup", request)

    def get_credentials(self, request: Json) -> Any:
        """GetCredentials: a password for an hour, for the user that stands for the caller's role."""
        workgroup = self.workgroups.get(request.get("workgroupName", ""))
        if not workgroup:
            return _not_found("workgroup", request)
        user, password = _user_of(iam_evaluator.caller_arn()), secrets.token_urlsafe(24)
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + _LOGIN_SECONDS))
        quoted = user.replace('"', '""')
        try:
            # Redshift creates the user of a role that it does not know, and grants it nothing.
            self.postgres.run("postgres", f'CREATE ROLE "{quoted}" LOGIN')
        except StatementError as error:
            if "already exists" not in str(error):
                raise
        self.postgres.run("postgres", f"ALTER ROLE \"{quoted}\" LOGIN PASSWORD '{password}' VALID UNTIL '{until}'")
        return json_response({"dbUser": user, "dbPassword": password, "expiration": time.time() + _LOGIN_SECONDS})

    def list_usage_limits(self, request: Json) -> Any:
        """ListUsageLimits of a workgroup."""
        found = [each for each in self.limits.values() if each["resourceArn"] == request.get("resourceArn")]
        return json_response({"usageLimits": found})

    def create_usage_limit(self, request: Json) -> Any:
        """CreateUsageLimit: kept, nothing is counted."""
        limit_id = str(uuid.uuid4())
        self.limits[limit_id] = {
            **request,
            "usageLimitId": limit_id,
            "usageLimitArn": self._arn("usagelimit", limit_id),
        }
        return json_response({"usageLimit": self.limits[limit_id]})

    def update_usage_limit(self, request: Json) -> Any:
        """UpdateUsageLimit."""
        limit = self.limits.get(request.get("usageLimitId", ""))
        if not limit:
            return _not_found("usage limit", request)
        limit.update(request)
        return json_response({"usageLimit": limit})

    def delete_usage_limit(self, request: Json) -> Any:
        """DeleteUsageLimit."""
        limit = self.limits.pop(request.get("usageLimitId", ""), None)
        return json_response({"usageLimit": limit}) if limit else _not_found("usage limit", request)

    def execute_statement(self, request: Json) -> Any:
        """ExecuteStatement: as the administrator with the secret of the namespace, else as the caller's own user."""
        workgroup = self.workgroups.get(request.get("WorkgroupName", ""))
        if not workgroup:
            return _not_found("workgroup", request)
        secret = self.namespaces[workgroup["namespaceName"]].get("adminPasswordSecretArn")
        given = request.get("SecretArn")
        if given and given != secret:
            message = f"Secret {given} is not that of the administrator, and no other is played."
            return error_response_json("ValidationException", message, 400)
        statement_id, started = str(uuid.uuid4()), time.monotonic()
        role = None if given else _user_of(iam_evaluator.caller_arn())
        record: Json = {"Id": statement_id, "QueryString": request["Sql"], "Status": "FINISHED", "HasResultSet": False}
        record["owner"] = iam_evaluator.caller_arn()
        try:
            for sql in postgres_sql(request["Sql"]):
                result = self.postgres.run(request["Database"].lower(), sql, role)
                record.update(ResultRows=result["count"], HasResultSet=bool(result["columns"]), result=result)
        except StatementError as error:
            record.update(Status="FAILED", Error=f"ERROR: {error}")
        record["Duration"] = int((time.monotonic() - started) * 1e9)
        self.statements[statement_id] = record
        return json_response({"Id": statement_id, "Database": request["Database"], "CreatedAt": time.time()})

    def describe_statement(self, request: Json) -> Any:
        """DescribeStatement."""
        record = self.statements.get(request.get("Id", ""))
        if not record:
            return _not_found("statement", request)
        return json_response({key: value for key, value in record.items() if key not in ("result", "owner")})

    def get_statement_result(self, request: Json) -> Any:
        """GetStatementResult, every value as text."""
        record = self.statements.get(request.get("Id", ""))
        if not record or "result" not in record:
            return _not_found("statement", request)
        result = record["result"]
        rows = [
            [{"isNull": True} if value is None else {"stringValue": str(value)} for value in row]
            for row in result["rows"]
        ]
        columns = [{"name": name} for name in result["columns"]]
        return json_response({"Records": rows, "ColumnMetadata": columns, "TotalNumRows": len(rows)})

    def asked_for(self, request: Request) -> str | None:
        """The ARN that a request is about; None where IAM knows no resource."""
        body = json.loads(request.body or b"{}")
        workgroup = self.workgroups.get(body.get("workgroupName") or body.get("WorkgroupName") or "")
        namespace = self.namespaces.get(body.get("namespaceName") or "")
        if "Id" in body:
            # MiniStack knows no variables in policies, so that `${aws:userid}` is compared as it stands.
            owned = self.statements.get(body["Id"], {}).get("owner") == iam_evaluator.caller_arn()
            owner = "${aws:userid}" if owned else "somebody else"
            return RequestedResource("*", (), {"redshift-data:statement-owner-iam-userid": owner})
        if workgroup or namespace:
            return (workgroup or {}).get("workgroupArn") or (namespace or {}).get("namespaceArn")
        limit = self.limits.get(body.get("usageLimitId") or "", {})
        return body.get("resourceArn") or limit.get("usageLimitArn")

    def _manage_secret(self, namespace: Json, properties: Properties) -> None:
        user = namespace["adminUsername"]
        value = json.dumps({"username": user, "password": secrets.token_urlsafe(24)})
        name = f"redshift!{namespace['namespaceName']}-{user}"
        request = {"Name": name, "SecretString": value, "KmsKeyId": properties.get("AdminPasswordSecretKmsKeyId")}
        namespace["adminPasswordSecretArn"] = json.loads(secretsmanager._create_secret(request)[2])["ARN"]

    def _namespace_attributes(self, name: str) -> Properties:
        namespace = self.namespaces[name]
        return {f"Namespace.{key[0].upper()}{key[1:]}": value for key, value in namespace.items()}

    def _workgroup_attributes(self, name: str, properties: Properties) -> Properties:
        workgroup = self.workgroups[name]
        return {
            "Workgroup.WorkgroupName": name,
            "Workgroup.WorkgroupArn": workgroup["workgroupArn"],
            "Workgroup.NamespaceName": workgroup["namespaceName"],
            "Workgroup.BaseCapacity": properties.get("BaseCapacity"),
            "Workgroup.Endpoint.Address": workgroup["endpoint"]["address"],
            "Workgroup.Endpoint.Port": workgroup["endpoint"]["port"],
            "Workgroup.Status": "AVAILABLE",
        }

    def _arn(self, kind: str, identifier: str) -> str:
        return f"arn:aws:{_SERVERLESS}:{get_region()}:{get_account_id()}:{kind}/{identifier}"


def install(region: str, engines: Engines, journal: Journal) -> Warehouses:
    """Registers the types and both APIs."""
    warehouses = Warehouses(region, Postgres(engines), journal)
    cloudformation.register(
        NAMESPACE, warehouses.create_namespace, warehouses.update_namespace, warehouses.delete_namespace
    )
    cloudformation.register(
        WORKGROUP, warehouses.create_workgroup, warehouses.update_workgroup, warehouses.delete_workgroup
    )
    cloudformation.run_on_worker_thread(frozenset({NAMESPACE, WORKGROUP}))
    _serve(
        _SERVERLESS,
        "RedshiftServerless.",
        {
            "GetNamespace": warehouses.get_namespace,
            "GetWorkgroup": warehouses.get_workgroup,
            "GetCredentials": warehouses.get_credentials,
            "ListUsageLimits": warehouses.list_usage_limits,
            "CreateUsageLimit": warehouses.create_usage_limit,
            "UpdateUsageLimit": warehouses.update_usage_limit,
            "DeleteUsageLimit": warehouses.delete_usage_limit,
        },
    )
    _serve(
        _DATA,
        "RedshiftData.",
        {
            "ExecuteStatement": warehouses.execute_statement,
            "DescribeStatement": warehouses.describe_statement,
            "GetStatementResult": warehouses.get_statement_result,
        },
    )
    narrow(_SERVERLESS, warehouses.asked_for)
    narrow(_DATA, warehouses.asked_for)
    return warehouses


def postgres_sql(sql: str) -> list[str]:
    """A statement about users and roles as PostgreSQL has it; any other as it is.

    A user is a role that may log in. `PASSWORD DISABLE` and digests of passwords leave it without one: whoever logs in
    here has a password of `GetCredentials`.
    """
    created = re.fullmatch(r"CREATE USER (\"(?:[^\"]|\"\")+\") PASSWORD (?:DISABLE|'.*')", sql)
    if created:
        return [f"CREATE ROLE {created[1]} LOGIN"]
    if re.fullmatch(r"ALTER USER (\"(?:[^\"]|\"\")+\") PASSWORD '.*'", sql):
        return []
    granted = re.sub(r"^(GRANT|REVOKE) ROLE ", r"\1 ", sql)
    return [re.sub(r" (TO|FROM) ROLE (\"(?:[^\"]|\"\")+\")$", r" \1 \2", granted)]


def _serve(service: str, prefix: str, actions: dict[str, Callable[[Json], Any]]) -> None:
    """Adds an API of JSON 1.1 to MiniStack's router."""

    async def handle(_method: str, _path: str, headers: Json, body: bytes, _query: Json) -> Any:
        name = str(headers.get("x-amz-target", "")).rsplit(".", 1)[-1]
        action = actions.get(name)
        if action is None:
            return error_response_json("UnknownOperationException", f"{service}:{name} is not played here.", 400)
        return action(json.loads(body or b"{}"))

    router.SERVICE_PATTERNS[service] = {"target_prefixes": [prefix], "credential_scope": service}
    app.SERVICE_HANDLERS[service] = handle


def _user_of(caller: str | None) -> str:
    """`IAMR:<role>` of an assumed role, `IAM:<user>` of a user."""
    name = str(caller or "").rsplit(":", 1)[-1]
    kind, _, rest = name.partition("/")
    return f"IAMR:{rest.split('/')[0]}" if kind == "assumed-role" else f"IAM:{rest}"


def _not_found(what: str, request: Json) -> Any:
    return error_response_json("ResourceNotFoundException", f"No {what} like {request}.", 400)
