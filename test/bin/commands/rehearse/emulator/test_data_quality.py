"""Rulesets as CloudFormation deploys them and Glue hands them out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from botocore.exceptions import ClientError
from emulator_harness import Emulator, spark_settings, started_emulator, wait_until
from pyiceberg.catalog import load_catalog

Json = dict[str, Any]


def ruleset(text: str, **properties: Any) -> Json:
    return {"Type": "AWS::Glue::DataQualityRuleset", "Properties": {"Name": "rows", "Ruleset": text, **properties}}


def read(emulator: Emulator) -> str:
    return emulator.client("glue").get_data_quality_ruleset(Name="rows")["Ruleset"]


def test_the_text_is_what_was_deployed_last_and_gone_with_the_stack(emulator: Emulator) -> None:
    target = {"DatabaseName": "silver", "TableName": "trades"}
    assert emulator.deploy("dq", {"Rows": ruleset("Rules = [ RowCount > 0 ]", TargetTable=target)}) == "CREATE_COMPLETE"
    assert read(emulator) == "Rules = [ RowCount > 0 ]"
    changed = {"Rows": ruleset("Rules = [ RowCount > 9 ]", TargetTable=target)}
    assert emulator.deploy("dq", changed, update=True) == "UPDATE_COMPLETE"
    assert read(emulator) == "Rules = [ RowCount > 9 ]"
    emulator.client("cloudformation").delete_stack(StackName="dq")
    # A deleted stack is not described by its name any more, on AWS neither: the waiter takes that for its end.
    emulator.client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName="dq", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        read(emulator)


def test_a_ruleset_counts_as_executed_only_when_it_was_read(emulator: Emulator) -> None:
    emulator.deploy("dq2", {"Rows": ruleset("Rules = [ RowCount > 0 ]", Name="unread")})
    runs = [event["name"] for event in emulator.journal() if event.get("kind") == "quality-ruleset"]
    assert "unread" not in runs


def test_a_property_that_aws_does_not_know_is_refused(emulator: Emulator) -> None:
    assert (
        emulator.deploy("dq3", {"Rows": ruleset("Rules = [ RowCount > 0 ]", Name="odd", Rules="x")})
        != "CREATE_COMPLETE"
    )
    assert "do not match the schema" in emulator.reasons("dq3")


def role(*statements: Json) -> Json:
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    own = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": document, "Policies": [own]},
    }


def allowed(*actions: str) -> Json:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator that enforces IAM, with Spark behind Glue."""
    state_dir = tmp_path_factory.mktemp("evaluations")
    with started_emulator(state_dir, enforceIam=True, spark=spark_settings()) as (one, _):
        yield one


def test_a_table_of_the_catalog_is_evaluated_under_the_role_of_the_run(enforcing: Emulator) -> None:
    emulator = enforcing
    judging = ("glue:GetDataQualityRuleset", "glue:PublishDataQuality")
    rules = 'Rules = [ IsPrimaryKey "id" "day", RowCount > 9 ]'
    resources = {
        "Rows": ruleset(rules, Name="evaluated"),
        "Reader": role(allowed(*judging, "glue:GetDatabase", "glue:GetTable", "s3:GetObject", "s3:ListBucket")),
        "Stranger": role(allowed(*judging)),
        "Bystander": role(allowed("glue:GetDatabase", "glue:GetTable", "s3:GetObject", "s3:ListBucket")),
    }
    assert emulator.deploy("evaluated", resources) == "CREATE_COMPLETE"
    write_table(emulator)
    source = {"GlueTable": {"DatabaseName": "judged", "TableName": "trades"}}

    def run(logical_id: str) -> Json:
        name = physical_id(emulator, "evaluated", logical_id)
        glue = emulator.client("glue")
        started = glue.start_data_quality_ruleset_evaluation_run(
            DataSource=source, Role=f"arn:aws:iam::{emulator.account}:role/{name}", RulesetNames=["evaluated"]
        )
        return wait_until(
            lambda: glue.get_data_quality_ruleset_evaluation_run(RunId=started["RunId"]),
            lambda one: one["Status"] not in ("STARTING", "RUNNING"),
        )

    done = run("Reader")
    assert done["Status"] == "SUCCEEDED", done.get("ErrorString")
    glue = emulator.client("glue")
    (listed,) = glue.list_data_quality_results(Filter={"DataSource": source})["Results"]
    assert [listed["ResultId"]] == done["ResultIds"]
    result = glue.get_data_quality_result(ResultId=listed["ResultId"])
    assert [(one["Description"], one["Result"]) for one in result["RuleResults"]] == [
        ('IsPrimaryKey "id" "day"', "PASS"),
        ("RowCount > 9", "FAIL"),
    ]
    # Who may not read the table, and who may not read the rules.
    assert "glue:GetTable" in run("Stranger")["ErrorString"]
    assert "glue:GetDataQualityRuleset" in run("Bystander")["ErrorString"]
    assert len(glue.list_data_quality_results(Filter={"DataSource": source})["Results"]) == 1


def write_table(emulator: Emulator) -> None:
    emulator.client("s3").create_bucket(Bucket="judged-files")
    keys = {"access-key-id": emulator.account, "secret-access-key": "local"}
    where = {"endpoint": emulator.endpoint, "region": "us-east-1"}
    settings = {f"{service}.{key}": value for service in ("glue", "s3") for key, value in {**keys, **where}.items()}
    catalog = load_catalog("owner", type="glue", **settings, **{"s3.force-virtual-addressing": "false"})
    catalog.create_namespace("judged")
    rows = pa.table({"id": ["a", "a", "b"], "day": [1, 2, 1]})
    catalog.create_table("judged.trades", rows.schema, location="s3://judged-files/trades").append(rows)


def physical_id(emulator: Emulator, stack: str, logical_id: str) -> str:
    found = emulator.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    return found["StackResourceDetail"]["PhysicalResourceId"]
