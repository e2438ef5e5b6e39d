"""Several accounts in one emulator: one reads what another shares, by the permissions of both; all else is its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from emulator.lake_permissions import LakePermissions, may_across, visible_across
from emulator_harness import ACCOUNT, REGION, Emulator, permission, resource, started_emulator, wait_until
from pyiceberg.catalog import load_catalog

Json = dict[str, Any]

OWNER, CONSUMER = ACCOUNT, "222233334444"
SCHEMA = {
    "Type": "struct",
    "Fields": [
        {"Id": 1, "Name": "symbol", "Type": "string", "Required": False},
        {"Id": 2, "Name": "trader", "Type": "string", "Required": False},
    ],
}
TRADES = [{"symbol": "AAPL", "trader": "ann"}, {"symbol": "AAPL", "trader": "bob"}, {"symbol": "TSLA", "trader": "cy"}]
LAKE = "arn:aws:s3:::trading-lake"
TABLE = {"CatalogId": OWNER, "DatabaseName": "trading", "Name": "trades"}
APPLE = {"TableCatalogId": OWNER, "DatabaseName": "trading", "TableName": "trades", "Name": "apple"}


def role(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


@pytest.fixture(scope="module")
def mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The owner's governed table with three trades in it."""
    auditor = {
        "name": "auditor",
        "account": CONSUMER,
        "accessKeyId": "AKIA0000000000000000",
        "secretAccessKey": "secret",
        "policy": {"Statement": [{"Effect": "Allow", "Action": "glue:*", "Resource": "*"}]},
        "isLakeAdministrator": True,
    }
    with started_emulator(tmp_path_factory.mktemp("mesh"), enforceIam=True, principals=[auditor]) as (emulator, _):
        deploy(emulator, "lake", owned())
        catalog = load_catalog("glue", **catalog_properties(emulator))
        table = catalog.load_table("trading.trades")
        table.append(pa.Table.from_pylist(TRADES, schema=table.schema().as_arrow()))
        yield emulator


def owned() -> Json:
    table = {
        "MetadataOperation": "CREATE",
        "Version": "2",
        "IcebergTableInput": {"Location": "s3://trading-lake/trades", "Schema": SCHEMA},
    }
    root = f"arn:aws:iam::{OWNER}:root"
    cells = {**APPLE, "ColumnNames": ["symbol", "trader"], "RowFilter": {"FilterExpression": "symbol = 'AAPL'"}}
    on = {"Database": {"CatalogId": OWNER, "Name": "trading"}}
    return {
        "Bucket": resource("AWS::S3::Bucket", BucketName="trading-lake"),
        "Location": resource("AWS::LakeFormation::Resource", ResourceArn=LAKE, UseServiceLinkedRole=True),
        "MayLocate": permission(
            root, "DATA_LOCATION_ACCESS", {"DataLocation": {"CatalogId": OWNER, "ResourceArn": LAKE}}, "Location"
        ),
        "Database": resource(
            "AWS::Glue::Database",
            CatalogId=OWNER,
            DatabaseInput={"Name": "trading", "CreateTableDefaultPermissions": []},
        ),
        "MayCreate": permission(root, "CREATE_TABLE", on, "Database"),
        "MaySee": permission(root, "DESCRIBE", on, "Database"),
        "Table": resource(
            "AWS::Glue::Table",
            "MayCreate",
            "MayLocate",
            "Bucket",
            CatalogId=OWNER,
            DatabaseName="trading",
            Name="trades",
            OpenTableFormatInput={"IcebergInput": table},
        ),
        "Filter": resource("AWS::LakeFormation::DataCellsFilter", "Table", **cells),
    }


def catalog_properties(emulator: Emulator) -> dict[str, str]:
    keys = {"access-key-id": OWNER, "secret-access-key": "local", "region": REGION, "endpoint": emulator.endpoint}
    return {"type": "glue", **{f"{service}.{key}": value for service in ("glue", "s3") for key, value in keys.items()}}


def deploy(emulator: Emulator, stack: str, resources: Json, *, update: bool = False) -> None:
    assert emulator.deploy(stack, resources, update=update).endswith("_COMPLETE"), emulator.reasons(stack)
    assert "ROLLBACK" not in emulator.settled(stack), emulator.reasons(stack)


def session(emulator: Emulator, account: str, name: str, service: str) -> Any:
    """A client in a session of a role to which the IAM of its account allows everything."""
    iam = emulator.of(account).client("iam")
    trust = '{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
    allow = '{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
    if not any(one["RoleName"] == name for one in iam.list_roles()["Roles"]):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=allow)
    sts = emulator.of(account).client("sts")
    keys = sts.assume_role(RoleArn=role(account, name), RoleSessionName="test")["Credentials"]
    return boto3.client(
        service,
        endpoint_url=emulator.endpoint,
        region_name=REGION,
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def query(emulator: Emulator, account: str, name: str, sql: str) -> list[list[str]] | str:
    """The rows that a role's query gives, or why it failed."""
    athena = session(emulator, account, name, "athena")
    emulator.of(account).output_bucket(f"results-{account}")
    results = {"OutputLocation": f"s3://results-{account}/"}
    query_id = athena.start_query_execution(QueryString=sql, ResultConfiguration=results)["QueryExecutionId"]
    status = wait_until(
        lambda: athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"],
        lambda status: status["State"] not in ("QUEUED", "RUNNING"),
    )
    if status["State"] != "SUCCEEDED":
        return status["StateChangeReason"]
    found = athena.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"][1:]
    return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in found]


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Message"]


def consumer(emulator: Emulator, account: str) -> Emulator:
    """An account with a link to the owner's database in its catalog, called `shared`."""
    link = {"CatalogId": OWNER, "DatabaseName": "trading", "Region": REGION}
    database = {"Name": "shared", "TargetDatabase": link}
    deploy(
        emulator.of(account),
        "link",
        {"Link": resource("AWS::Glue::Database", CatalogId=account, DatabaseInput=database)},
    )
    return emulator.of(account)


def test_each_account_has_a_catalog_and_users_of_its_own(mesh: Emulator) -> None:
    assert [one["Name"] for one in mesh.client("glue").get_databases()["DatabaseList"]] == ["trading"]
    assert mesh.of(CONSUMER).client("glue").get_databases()["DatabaseList"] == []
    keys = {"aws_access_key_id": "AKIA0000000000000000", "aws_secret_access_key": "secret"}
    sts = boto3.client("sts", endpoint_url=mesh.endpoint, region_name=REGION, **keys)
    assert sts.get_caller_identity()["Account"] == CONSUMER


def test_a_link_alone_opens_nothing(mesh: Emulator) -> None:
    account = consumer(mesh, "200000000001").account
    glue = session(mesh, account, "curious", "glue")
    assert "Required DESCRIBE on trading.trades" in refused(glue.get_table, DatabaseName="shared", Name="trades")
    assert glue.get_tables(DatabaseName="shared")["TableList"] == []
    assert "Required SELECT on shared.trades" in query(mesh, account, "curious", "SELECT symbol FROM shared.trades")


def test_it_takes_the_owner_and_the_consumer(mesh: Emulator) -> None:
    """The owner permits the account, the account's administrator passes it on: neither is enough, each can end it."""
    account = (own := consumer(mesh, "200000000002")).account
    count, on = "SELECT count(*) FROM shared.trades", {"Table": TABLE}
    deploy(own, "pass-on", {"Own": permission(role(account, "analyst"), "SELECT", on)})
    assert "Required SELECT" in query(mesh, account, "analyst", count)
    deploy(mesh, "share", {"Share": permission(account, "SELECT", on)})
    assert query(mesh, account, "analyst", count) == [["3"]]
    assert "Required SELECT" in query(mesh, account, "another", count)
    glue = session(mesh, account, "analyst", "glue")
    assert glue.get_table(DatabaseName="shared", Name="trades")["Table"]["CatalogId"] == OWNER
    assert glue.get_table(CatalogId=OWNER, DatabaseName="trading", Name="trades")["Table"]["Name"] == "trades"
    assert "Required DROP" in refused(glue.delete_table, DatabaseName="shared", Name="trades")
    deploy(mesh, "share", {"Share": permission("299999999999", "SELECT", on)}, update=True)
    assert "Required SELECT" in query(mesh, account, "analyst", count)


def test_iam_has_to_allow_what_a_link_leads_to(mesh: Emulator) -> None:
    account = consumer(mesh, "200000000007").account
    deploy(mesh, "narrow", {"Share": permission(role(account, "narrow"), "SELECT", {"Table": TABLE})})
    glue = session(mesh, account, "narrow", "glue")
    assert glue.get_table(DatabaseName="shared", Name="trades")
    own = {"Effect": "Allow", "Action": "glue:*", "Resource": f"arn:aws:glue:*:{account}:*"}
    iam = mesh.of(account).client("iam")
    iam.put_role_policy(RoleName="narrow", PolicyName="all", PolicyDocument=json.dumps({"Statement": [own]}))
    assert f"{OWNER}:table/trading/trades" in refused(glue.get_table, DatabaseName="shared", Name="trades")


def test_rows_that_were_shared_are_all_that_is_seen(mesh: Emulator) -> None:
    account = (own := consumer(mesh, "200000000003")).account
    on = {"DataCellsFilter": APPLE}
    deploy(mesh, "cells", {"Share": permission(account, "SELECT", on)})
    deploy(own, "cells", {"Own": permission(role(account, "filtered"), "SELECT", on)})
    assert query(mesh, account, "filtered", "SELECT trader FROM shared.trades ORDER BY 1") == [["ann"], ["bob"]]


def test_a_role_of_another_account_can_be_permitted_directly(mesh: Emulator) -> None:
    account = consumer(mesh, "200000000004").account
    deploy(mesh, "direct", {"Share": permission(role(account, "joiner"), "SELECT", {"Table": TABLE})})
    sql = (
        "WITH own AS (SELECT 'ann' AS trader, 'desk 1' AS desk) "
        "SELECT t.symbol, own.desk FROM shared.trades t JOIN own ON own.trader = t.trader"
    )
    assert query(mesh, account, "joiner", sql) == [["AAPL", "desk 1"]]
    assert "Required SELECT" in query(mesh, account, "another", sql)


def test_other_files_of_another_account_need_the_policy_of_its_bucket(mesh: Emulator) -> None:
    account, owner = "200000000005", mesh.client("s3")
    key = owner.list_objects_v2(Bucket="trading-lake")["Contents"][0]["Key"]
    reader = session(mesh, account, "reader-of-files", "s3")
    assert "Access" in refused(reader.get_object, Bucket="trading-lake", Key=key)
    allow = {
        "Effect": "Allow",
        "Principal": {"AWS": account},
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::trading-lake/*",
    }
    owner.put_bucket_policy(Bucket="trading-lake", Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    assert reader.get_object(Bucket="trading-lake", Key=key)["ContentLength"] > 0


def test_who_may_read_all_of_a_table_is_lent_credentials_for_its_files_alone(mesh: Emulator) -> None:
    account, files = "200000000006", mesh.client("s3").list_objects_v2(Bucket="trading-lake")["Contents"]
    key, on = files[0]["Key"], {"Table": TABLE}
    shares = {
        "Whole": permission(role(account, "whole"), "SELECT", on),
        "WithoutIam": permission(role(account, "without-iam"), "SELECT", on),
        "Cells": permission(role(account, "cells"), "SELECT", {"DataCellsFilter": APPLE}),
    }
    deploy(mesh, "files", shares)
    nothing = json.dumps({"Statement": [{"Effect": "Deny", "Action": "lakeformation:GetDataAccess", "Resource": "*"}]})
    read = {"Bucket": "trading-lake", "Key": key}
    whole = session(mesh, account, "whole", "s3")
    assert whole.get_object(**read)["ContentLength"] > 0
    assert "Access" in refused(whole.put_object, **read, Body=b"")
    mesh.client("s3").put_object(Bucket="trading-lake", Key="elsewhere/file", Body=b"x")
    assert "Access" in refused(whole.get_object, Bucket="trading-lake", Key="elsewhere/file")
    assert "Access" in refused(session(mesh, account, "cells", "s3").get_object, **read)
    without = session(mesh, account, "without-iam", "s3")
    mesh.of(account).client("iam").put_role_policy(RoleName="without-iam", PolicyName="no", PolicyDocument=nothing)
    assert "GetDataAccess" in refused(without.get_object, **read)


class TestAcross:
    """The decision itself, without an emulator."""

    def lakes(self, closed: bool = True) -> tuple[LakePermissions, LakePermissions]:
        return LakePermissions(OWNER, closed={"trading"} if closed else set()), LakePermissions(CONSUMER)

    def test_iam_alone_opens_no_catalog_of_another_account(self) -> None:
        owner, own = self.lakes(closed=False)
        assert not may_across(owner, own, role(CONSUMER, "any"), "DESCRIBE", "trading", "trades")
        assert visible_across(owner, own, role(CONSUMER, "any"), "trading", "trades") == []

    def test_a_database_of_the_same_name_of_ones_own_does_not_count(self) -> None:
        owner, own = self.lakes()
        analyst = role(CONSUMER, "analyst")
        owner.permit(CONSUMER, ["SELECT"], {"Table": TABLE})
        own.permit(analyst, ["SELECT"], {"Table": {**TABLE, "CatalogId": CONSUMER}})
        assert visible_across(owner, own, analyst, "trading", "trades") == []
        own.permit(analyst, ["SELECT"], {"Table": TABLE}, of=owner)
        assert visible_across(owner, own, analyst, "trading", "trades") is None

    def test_what_is_passed_on_is_never_more_than_what_was_given(self) -> None:
        owner, own = self.lakes()
        analyst, columns = role(CONSUMER, "analyst"), {**TABLE, "ColumnNames": ["symbol"]}
        owner.permit(CONSUMER, ["SELECT"], {"TableWithColumns": columns})
        own.permit(analyst, ["SELECT"], {"Table": TABLE}, of=owner)
        assert visible_across(owner, own, analyst, "trading", "trades") == []
        own.permit(analyst, ["SELECT"], {"TableWithColumns": columns}, of=owner)
        assert visible_across(owner, own, analyst, "trading", "trades") == [{"ColumnNames": ["symbol"]}]
        assert not may_across(owner, own, analyst, "INSERT", "trading", "trades")
