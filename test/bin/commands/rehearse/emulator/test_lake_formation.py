"""Lake Formation as the emulator judges it: whoever lacks a permission is denied, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from emulator.athena import filtered
from emulator.lake_permissions import LakeFormationError, LakePermissions
from emulator_harness import ACCOUNT, REGION, Emulator, permission, resource, started_emulator

Json = dict[str, Any]

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
LAKE = "arn:aws:s3:::governed"
SCHEMA = {"Type": "struct", "Fields": [{"Id": 1, "Name": "symbol", "Type": "string", "Required": False}]}


def on_database(name: str) -> Json:
    return {"Database": {"CatalogId": ACCOUNT, "Name": name}}


def on_table(database: str, name: str) -> Json:
    return {"Table": {"CatalogId": ACCOUNT, "DatabaseName": database, "Name": name}}


def lake(database: str, *without: str) -> Json:
    """A governed database with a table, in the settled order."""
    location = {"DataLocation": {"CatalogId": ACCOUNT, "ResourceArn": LAKE}}
    table = {
        "MetadataOperation": "CREATE",
        "Version": "2",
        "IcebergTableInput": {"Location": f"s3://governed/{database}/trades", "Schema": SCHEMA},
    }
    resources = {
        "Location": resource("AWS::LakeFormation::Resource", ResourceArn=LAKE, UseServiceLinkedRole=True),
        "MayLocate": permission(ROOT, "DATA_LOCATION_ACCESS", location, "Location"),
        "Database": resource(
            "AWS::Glue::Database",
            "Location",
            CatalogId=ACCOUNT,
            DatabaseInput={"Name": database, "CreateTableDefaultPermissions": []},
        ),
        "MayCreate": permission(ROOT, "CREATE_TABLE", on_database(database), "Database"),
        "Table": resource(
            "AWS::Glue::Table",
            *(name for name in ("MayLocate", "MayCreate") if name not in without),
            CatalogId=ACCOUNT,
            DatabaseName=database,
            Name="trades",
            OpenTableFormatInput={"IcebergInput": table},
        ),
    }
    return {name: one for name, one in resources.items() if name not in without}


AUDITOR = {
    "name": "auditor",
    "accessKeyId": "AKIA0000000000000000",
    "secretAccessKey": "secret",
    "policy": {"Statement": [{"Effect": "Allow", "Action": "glue:*", "Resource": "*"}]},
    "isLakeAdministrator": True,
}
# Like him in all but that.
VISITOR = {**AUDITOR, "name": "visitor", "accessKeyId": "AKIA1111111111111111", "isLakeAdministrator": False}


@pytest.fixture(scope="module")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with started_emulator(tmp_path_factory.mktemp("governed"), enforceIam=True, principals=[AUDITOR, VISITOR]) as (
        emulator,
        _,
    ):
        emulator.output_bucket("governed")
        assert emulator.deploy("lake", lake("silver")) == "CREATE_COMPLETE", emulator.reasons("lake")
        yield emulator


def session(emulator: Emulator, name: str, service: str = "glue") -> Any:
    """A client in a session of a role to which IAM allows everything."""
    iam = emulator.client("iam")
    trust = '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
    allow = '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=allow)
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    keys = emulator.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return boto3.client(
        service,
        endpoint_url=emulator.endpoint,
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def denied(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] == "AccessDeniedException"
    return error.value.response["Error"]["Message"]


def test_iam_alone_does_not_open_a_governed_table(governed: Emulator) -> None:
    glue = session(governed, "nobody")
    assert "Required DESCRIBE on silver.trades" in denied(glue.get_table, DatabaseName="silver", Name="trades")
    assert "Required DESCRIBE on silver" in denied(glue.get_database, Name="silver")
    assert glue.get_tables(DatabaseName="silver")["TableList"] == []


def test_an_administrator_sees_definitions_and_changes_nothing(governed: Emulator) -> None:
    def glue_of(user: Json) -> Any:
        keys = {"aws_access_key_id": user["accessKeyId"], "aws_secret_access_key": user["secretAccessKey"]}
        return boto3.client("glue", endpoint_url=governed.endpoint, region_name=REGION, **keys)

    auditor = glue_of(AUDITOR)
    assert auditor.get_table(DatabaseName="silver", Name="trades")["Table"]["Name"] == "trades"
    assert "Required DROP on silver.trades" in denied(auditor.delete_table, DatabaseName="silver", Name="trades")
    denied(glue_of(VISITOR).get_table, DatabaseName="silver", Name="trades")


def test_a_permission_opens_it_and_its_end_closes_it_again(governed: Emulator) -> None:
    glue = session(governed, "reader")
    grant = {"Grant": permission(role("reader"), "SELECT", on_table("silver", "trades"))}
    assert governed.deploy("grant", grant) == "CREATE_COMPLETE"
    assert glue.get_table(DatabaseName="silver", Name="trades")["Table"]["Name"] == "trades"
    assert [one["Name"] for one in glue.get_tables(DatabaseName="silver")["TableList"]] == ["trades"]
    other = {"Other": permission(role("another"), "SELECT", on_table("silver", "trades"))}
    assert governed.deploy("grant", other, update=True) == "UPDATE_COMPLETE"
    denied(glue.get_table, DatabaseName="silver", Name="trades")


def test_reading_is_not_writing(governed: Emulator) -> None:
    glue = session(governed, "writer")
    assert governed.deploy("writer", {"Read": permission(role("writer"), "SELECT", on_table("silver", "trades"))})
    entry = {"Name": "trades", "Parameters": {"table_type": "ICEBERG"}}
    update = {"DatabaseName": "silver", "TableInput": entry, "SkipArchive": True}
    assert "Required ALTER on silver.trades" in denied(glue.update_table, **update)
    more = {"Write": permission(role("writer"), "ALTER", on_table("silver", "trades"))}
    assert governed.deploy("writer-too", more) == "CREATE_COMPLETE"
    glue.update_table(**update)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("MayCreate", "CREATE_TABLE on"), ("MayLocate", "DATA_LOCATION_ACCESS on s3://governed/")],
)
def test_the_deploying_role_is_denied_too(governed: Emulator, missing: str, sentence: str) -> None:
    database = f"without_{missing.lower()}"
    resources = lake(database, missing)
    if missing == "MayLocate":
        # What another stack has permitted must not help.
        resources["Table"]["Properties"]["OpenTableFormatInput"]["IcebergInput"]["IcebergTableInput"]["Location"] = (
            "s3://governed-too/trades"
        )
        governed.output_bucket("governed-too")
        resources["Location"]["Properties"]["ResourceArn"] = "arn:aws:s3:::governed-too"
        sentence = "DATA_LOCATION_ACCESS on s3://governed-too/"
    stack = f"stack-{missing}"
    assert governed.deploy(stack, resources) in ("ROLLBACK_COMPLETE", "CREATE_FAILED")
    assert sentence in governed.reasons(stack)


def test_a_database_with_the_default_is_open(governed: Emulator) -> None:
    open_database = resource("AWS::Glue::Database", CatalogId=ACCOUNT, DatabaseInput={"Name": "open"})
    assert governed.deploy("open", {"Database": open_database}) == "CREATE_COMPLETE"
    assert session(governed, "anyone").get_database(Name="open")["Database"]["Name"] == "open"


def test_a_permission_on_what_is_not_there_fails(governed: Emulator) -> None:
    grant = {"Grant": permission(role("reader"), "SELECT", on_table("silver", "missing"))}
    assert governed.deploy("too-early", grant) in ("ROLLBACK_COMPLETE", "CREATE_FAILED")
    assert "silver.missing; it has to be there first" in governed.reasons("too-early")


def test_a_permission_by_tags_reaches_what_has_the_tags(governed: Emulator) -> None:
    glue = session(governed, "tagged")
    pair = {"CatalogId": ACCOUNT, "TagKey": "layer", "TagValues": ["silver"]}
    expression = [{"TagKey": "layer", "TagValues": ["silver", "gold"]}]
    policy = {"LFTagPolicy": {"CatalogId": ACCOUNT, "ResourceType": "TABLE", "Expression": expression}}
    resources = {
        "Tag": resource("AWS::LakeFormation::Tag", TagKey="layer", TagValues=["silver", "gold"]),
        "Grant": permission(role("tagged"), "SELECT", policy, "Tag"),
    }
    assert governed.deploy("tags", resources) == "CREATE_COMPLETE", governed.reasons("tags")
    denied(glue.get_table, DatabaseName="silver", Name="trades")
    association = resource("AWS::LakeFormation::TagAssociation", Resource=on_database("silver"), LFTags=[pair])
    assert governed.deploy("tagged", {"Association": association}) == "CREATE_COMPLETE", governed.reasons("tagged")
    assert glue.get_table(DatabaseName="silver", Name="trades")


def test_the_journal_tells_what_was_denied(governed: Emulator) -> None:
    denied(session(governed, "journalled").get_table, DatabaseName="silver", Name="trades")
    (event,) = (e for e in governed.journal() if e["event"] == "denial" and "/journalled/" in e["principal"])
    assert (event["action"], event["resource"]) == ("lakeformation:DESCRIBE", "silver.trades")


FILTER: Json = {
    "TableCatalogId": ACCOUNT,
    "DatabaseName": "gold",
    "TableName": "summary",
    "Name": "apple",
    "ColumnNames": ["symbol", "vwap"],
    "RowFilter": {"FilterExpression": "symbol = 'AAPL'"},
}
NAMED: Json = {"DataCellsFilter": {key: FILTER[key] for key in ("DatabaseName", "TableName", "Name")}}


class TestFilters:
    """What a consumer sees of a table."""

    def permissions(self) -> LakePermissions:
        permissions = LakePermissions(ACCOUNT, closed={"gold"})
        permissions.filters[("gold", "summary", "apple")] = FILTER
        return permissions

    def test_nobody_sees_anything_without_a_permission(self) -> None:
        assert self.permissions().visible("analyst", "gold", "summary") == []

    def test_a_permission_on_a_filter_shows_what_it_lets_through(self) -> None:
        permissions = self.permissions()
        permissions.permit("analyst", ["SELECT"], NAMED)
        assert permissions.visible("analyst", "gold", "summary") == [FILTER]
        assert permissions.may("analyst", "DESCRIBE", "gold", "summary")
        assert not permissions.may("analyst", "ALTER", "gold", "summary")

    def test_a_permission_on_the_table_shows_all_of_it(self) -> None:
        permissions = self.permissions()
        permissions.permit("analyst", ["SELECT"], on_table("gold", "summary"))
        assert permissions.visible("analyst", "gold", "summary") is None

    def test_a_table_that_is_not_governed_is_seen_whole(self) -> None:
        assert LakePermissions(ACCOUNT).visible("analyst", "gold", "summary") is None

    def test_a_permission_on_a_missing_filter_is_refused(self) -> None:
        with pytest.raises(LakeFormationError, match="it has to be there first"):
            LakePermissions(ACCOUNT).permit("analyst", ["SELECT"], NAMED)

    def test_a_query_reads_columns_and_rows_of_the_filter_alone(self) -> None:
        assert filtered("t", "gold.summary", [FILTER]) == ('(SELECT "symbol", "vwap" FROM t WHERE symbol = \'AAPL\')')

    def test_a_query_reads_all_columns_but_the_excluded(self) -> None:
        cells = {"ColumnWildcard": {"ExcludedColumnNames": ["trader"]}, "RowFilter": {"AllRowsWildcard": {}}}
        assert filtered("t", "gold.summary", [cells]) == '(SELECT * EXCLUDE ("trader") FROM t)'

    def test_a_query_without_a_permission_is_refused(self) -> None:
        with pytest.raises(PermissionError, match=r"Required SELECT on gold\.summary"):
            filtered("t", "gold.summary", [])
