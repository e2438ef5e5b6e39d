"""The credentials that Lake Formation lends: who may read a table of another account reads its files, too.

On AWS the engine asks for them and reads the files with them; here S3 lets through what they would have allowed. They
are for whoever may read all of a table in a registered location. In their own account jobs read by IAM.
https://docs.aws.amazon.com/lake-formation/latest/dg/how-vending-works.html (2026-11-28)
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import glue, s3

from .catalog_links import CatalogTable
from .lake_formation import LakeFormation

_OBJECT = "arn:aws:s3:::"


def install(formation: LakeFormation) -> None:
    """Wraps the judgement of IAM and of buckets."""
    enforce, foreign_bucket_allows = iam_evaluator.enforce, s3._foreign_bucket_allows

    def enforcing(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        if iam_action == "s3:GetObject" and _lent(formation, resource_arn.removeprefix(_OBJECT)):
            return enforce(access_key_id, "lakeformation:GetDataAccess", "lakeformation", region)
        return enforce(access_key_id, iam_action, service, region, resource_arn, service_context)

    def allowing(
        owner_account: str,
        bucket_name: str,
        key: str,
        method: str,
        query_params: dict[str, Any],
        caller: str,
        headers: dict[str, str] | None = None,
    ) -> bool:
        read = method in ("GET", "HEAD") and bool(key)
        return (read and _lent(formation, f"{bucket_name}/{key}")) or foreign_bucket_allows(
            owner_account, bucket_name, key, method, query_params, caller, headers
        )

    iam_evaluator.enforce = enforcing
    s3._foreign_bucket_allows = allowing


def _lent(formation: LakeFormation, path: str) -> bool:
    """Whether the caller is lent credentials for a file, `bucket/key`, of another account."""
    owner = s3._bucket_owner_account(path.split("/", 1)[0])
    if owner in (None, get_account_id()) or not formation.lakes[owner].registered(f"arn:aws:s3:::{path}"):
        return False
    return any(formation.visible(on) is None for on in _tables_around(owner, f"s3://{path}"))


def _tables_around(owner: str, uri: str) -> list[CatalogTable]:
    """The tables of an account in whose location a file lies."""
    with request_scope(owner, get_region()):
        tables = list(glue._tables.items())
    return [
        CatalogTable(owner, *name.split("/", 1))
        for name, table in tables
        if uri.startswith(f"{(table.get('StorageDescriptor') or {}).get('Location', '').rstrip('/')}/")
    ]
