"""What a request must be authorised for, where MiniStack asks for less than AWS does.

MiniStack checks one action on one resource. AWS checks a call on a Glue table on its catalog and database as well, and
S3 asks KMS in the caller's name when it encrypts or decrypts an object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

from ministack.core import iam_actions
from ministack.services import athena, s3

from .catalog_links import owned


@dataclass(frozen=True)
class Requirement:
    """An action on a resource that the caller must be allowed to do; `service` as MiniStack calls it."""

    service: str
    action: str
    resource: str


class RequestedResource(str):
    """The ARN that MiniStack checks the request's own action on, with what has to be checked besides."""

    further: tuple[Requirement, ...]
    context: Mapping[str, str]

    def __new__(
        cls, arn: str, further: tuple[Requirement, ...], context: Mapping[str, str] | None = None
    ) -> RequestedResource:
        """The ARN as a string of its own kind, which goes through MiniStack as any other.

        Args:
            arn: What the request's own action is done on.
            further: What else is checked.
            context: Condition keys of the request that MiniStack does not know, in lower case.
        """
        resource = super().__new__(cls, arn)
        resource.further = further
        resource.context = context or {}
        return resource


@dataclass(frozen=True)
class Request:
    """A request to one account in one region, as MiniStack's router sees it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, Any]
    region: str
    account: str


def requested_resource(service: str, request: Request, stock_arn: str) -> str:
    """The resource of a request; `stock_arn` is MiniStack's own answer."""
    if service == "glue":
        return _glue_resource(request)
    if service == "s3":
        return RequestedResource(_object(request) or stock_arn, tuple(_keys_of_object(request)))
    if service == "monitoring":
        return RequestedResource(_alarms(request) or stock_arn, (), _metric_namespace(request))
    if service == "ecs":
        return _task_resource(request) or stock_arn
    narrower = _NARROWER.get(service)
    return (narrower(request) if narrower else None) or stock_arn


# https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html (2026-11-24)
_GLUE_RESOURCES: tuple[tuple[str, str], ...] = (
    ("JobName", "job/{}"),
    ("TriggerName", "trigger/{}"),
    ("CrawlerName", "crawler/{}"),
    ("RulesetName", "dataQualityRuleset/{}"),
)
_NAMED_GLUE_RESOURCES: dict[str, str] = {
    "Connection": "connection/{}",
    "Crawler": "crawler/{}",
    "DataQualityRuleset": "dataQualityRuleset/{}",
    "Job": "job/{}",
    "Trigger": "trigger/{}",
    "Workflow": "workflow/{}",
}


def _glue_resource(request: Request) -> str:
    action = _glue_action(request)
    body = _json(request.body)
    prefix = f"arn:aws:glue:{request.region}:{request.account}:"
    for field, resource in _GLUE_RESOURCES:
        if body.get(field):
            return prefix + resource.format(body[field])
    if body.get("RulesetNames"):
        first, *others = (f"{prefix}dataQualityRuleset/{name}" for name in body["RulesetNames"])
        return _with(first, action, others)
    noun = _glue_noun(action)
    if noun in _NAMED_GLUE_RESOURCES and body.get("Name"):
        named = prefix + _NAMED_GLUE_RESOURCES[noun].format(body["Name"])
        return _with(named, action, [prefix + "catalog"] if noun == "Connection" else [])
    database, table = _database_and_table(noun, body)
    path = [prefix + "catalog"]
    if database:
        path.append(f"{prefix}database/{database}")
    on = owned(database or "", table, body.get("CatalogId"))
    if table and on.account != request.account:
        # The link is asked for, and what it leads to.
        prefix, database = f"arn:aws:glue:{request.region}:{on.account}:", on.database
        path += [prefix + "catalog", f"{prefix}database/{database}"]
    if table:
        path.append(f"{prefix}table/{database}/{table}")
    return _with(path[-1], action, path[:-1])


def _with(arn: str, action: str, also: list[str]) -> RequestedResource:
    return RequestedResource(arn, tuple(Requirement("glue", f"glue:{action}", other) for other in also))


def _glue_action(request: Request) -> str:
    return str(request.headers.get("x-amz-target", "")).rsplit(".", 1)[-1]


def _glue_noun(action: str) -> str:
    """`Table` of `GetTable`, `UpdateTable` and `CreateTable`."""
    for verb in ("BatchGet", "Get", "Update", "Create", "Delete", "Start", "Stop"):
        if action.startswith(verb):
            return action.removeprefix(verb)
    return action


def _database_and_table(noun: str, body: dict[str, Any]) -> tuple[str | None, str | None]:
    if noun == "Database":
        return body.get("Name") or _input(body, "DatabaseInput").get("Name"), None
    table = body.get("TableName") or _input(body, "TableInput").get("Name")
    if noun == "Table":
        table = table or body.get("Name")
    return body.get("DatabaseName"), table


def _input(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _repository(request: Request) -> str | None:
    """`cdk deploy` asks for its repository by DescribeRepositories, with a list of names."""
    names = _json(request.body).get("repositoryNames") or []
    return f"arn:aws:ecr:{request.region}:{request.account}:repository/{names[0]}" if names else None


_CLUSTER_ARN = re.compile(r"arn:[\w-]+:kafka:[^/]+:cluster/[^/]+/[^/]+")


def _cluster(request: Request) -> str | None:
    """MSK's paths hold the whole ARN of the cluster."""
    found = _CLUSTER_ARN.search(unquote(request.path))
    return found.group() if found else None


def _workgroup(request: Request) -> str | None:
    """A call on a query is one on the workgroup that runs it."""
    query = athena._executions.get(_json(request.body).get("QueryExecutionId"))
    if query is None:
        return None
    return f"arn:aws:athena:{request.region}:{request.account}:workgroup/{query.get('WorkGroup') or 'primary'}"


def _build_project(request: Request) -> str | None:
    """A call on builds is one on their project."""
    builds = _json(request.body).get("ids") or []
    name = str(builds[0]).partition(":")[0] if builds else None
    return f"arn:aws:codebuild:{request.region}:{request.account}:project/{name}" if name else None


_NARROWER: dict[str, Callable[[Request], str | None]] = {
    "athena": _workgroup,
    "codebuild": _build_project,
    "ecr": _repository,
    "kafka": _cluster,
}


def narrow(service: str, resource: Callable[[Request], str | None]) -> None:
    """Has the requests of a service that MiniStack lacks be judged, on the resource that this tells."""
    iam_actions.SERVICE_TO_IAM_NAMESPACE[service] = service
    _NARROWER[service] = resource


def _task_resource(request: Request) -> str | None:
    """A task is started on its definition, in a cluster that conditions tell; described and stopped by its own ARN.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html (2026-11)
    """
    # Step Functions writes the names of fields with a capital letter.
    body = {name[:1].lower() + name[1:]: value for name, value in _json(request.body).items()}
    prefix = f"arn:aws:ecs:{request.region}:{request.account}"
    cluster = str(body.get("cluster") or "default")
    context = {"ecs:cluster": cluster if cluster.startswith("arn:") else f"{prefix}:cluster/{cluster}"}
    action = request.headers.get("x-amz-target", "").rpartition(".")[2]
    if action == "RunTask":
        definition = str(body.get("taskDefinition") or "")
        arn = definition if definition.startswith("arn:") else f"{prefix}:task-definition/{definition}"
        return RequestedResource(arn, (), context)
    task = body.get("task") or next(iter(body.get("tasks") or []), None)
    if action not in ("StopTask", "DescribeTasks") or not task:
        return None
    name = cluster.rpartition("/")[2]
    arn = str(task) if str(task).startswith("arn:") else f"{prefix}:task/{name}/{task}"
    return RequestedResource(arn, (), context)


def _metric_namespace(request: Request) -> dict[str, str]:
    """The condition key of PutMetricData, in the protocols that MiniStack's CloudWatch speaks: JSON and Query."""
    if "json" in request.headers.get("content-type", ""):
        namespace = _json(request.body).get("Namespace")
    else:
        namespace = dict(parse_qsl(request.body.decode("utf-8", "replace"))).get("Namespace")
    return {"cloudwatch:namespace": namespace} if isinstance(namespace, str) else {}


def _alarms(request: Request) -> str | None:
    """Whoever lists alarms has to be allowed to see all.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html (not verified on AWS)
    """
    if request.headers.get("x-amz-target", "").endswith(".DescribeAlarms"):
        return f"arn:aws:cloudwatch:{request.region}:{request.account}:alarm:*"
    return None


def _object(request: Request) -> str | None:
    """MiniStack takes the slash from the end of a key, which is what a folder's marker differs by."""
    bucket, _, key = request.path.lstrip("/").partition("/")
    return f"arn:aws:s3:::{bucket}/{key}" if key else None


_MULTIPART = ("uploads", "uploadId", "partNumber")


def _keys_of_object(request: Request) -> Iterator[Requirement]:
    """What S3 asks of KMS for an object that is encrypted with a customer-managed key.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html (2026-11-24)
    """
    bucket, _, key = request.path.lstrip("/").partition("/")
    if not key:
        return
    action = iam_actions._s3_action(request.method, request.path, dict(request.query))
    if action in ("GetObject", "GetObjectVersion") and request.method == "GET":
        yield from _using("kms:Decrypt", _stored_key(bucket, key), request)
    if action != "PutObject":
        return
    written_with = request.headers.get(_KEY_HEADER) or s3._bucket_default_sse_headers(bucket).get(_KEY_HEADER)
    yield from _using("kms:GenerateDataKey", written_with, request)
    if any(name in request.query for name in _MULTIPART):
        yield from _using("kms:Decrypt", written_with, request)
    source = iam_actions._s3_source_object(dict(request.headers))
    if source:
        source_bucket, _, source_key = source[0].removeprefix("arn:aws:s3:::").partition("/")
        yield from _using("kms:Decrypt", _stored_key(source_bucket, source_key), request)


_KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"
# Its policy lets everyone in the account use it through S3.
_MANAGED_KEY = "alias/aws/"


def _using(action: str, key: str | None, request: Request) -> Iterator[Requirement]:
    if not key or _MANAGED_KEY in key:
        return
    kind = "" if key.startswith("alias/") else "key/"
    arn = key if key.startswith("arn:") else f"arn:aws:kms:{request.region}:{request.account}:{kind}{key}"
    yield Requirement("kms", action, arn)


def _stored_key(bucket: str, key: str) -> str | None:
    stored = ((s3._buckets.get(bucket) or {}).get("objects") or {}).get(key)
    return s3._stored_sse_headers(stored).get(_KEY_HEADER) if stored else None


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
