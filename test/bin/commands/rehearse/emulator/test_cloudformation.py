"""What a stack may hold, with which label, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_harness import ACCOUNT, REGION, Emulator

Json = dict[str, Any]

KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
ENCRYPTION = {
    "ServerSideEncryptionConfiguration": [
        {
            "BucketKeyEnabled": True,
            "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ARN},
        }
    ]
}


def bucket(name: str, **properties: Any) -> Json:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, **properties}}


def labels(emulator: Emulator, stack: str) -> dict[str, str]:
    return {e["logicalId"]: e["label"] for e in emulator.journal() if e["event"] == "resource" and e["stack"] == stack}


def test_a_bucket_keeps_the_encryption_of_the_template(emulator: Emulator) -> None:
    assert emulator.deploy("encrypted", {"B": bucket("encrypted", BucketEncryption=ENCRYPTION)}) == "CREATE_COMPLETE"
    answer = emulator.client("s3").get_bucket_encryption(Bucket="encrypted")
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY_ARN}
    assert rule["BucketKeyEnabled"] is True


def test_an_update_changes_the_encryption(emulator: Emulator) -> None:
    assert emulator.deploy("plain", {"B": bucket("plain")}) == "CREATE_COMPLETE"
    changed = {"B": bucket("plain", BucketEncryption=ENCRYPTION)}
    assert emulator.deploy("plain", changed, update=True) == "UPDATE_COMPLETE"
    answer = emulator.client("s3").get_bucket_encryption(Bucket="plain")
    rule = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_a_bucket_keeps_the_tags_of_the_template(emulator: Emulator) -> None:
    tagged = bucket("tagged", Tags=[{"Key": "layer", "Value": "bronze"}])
    assert emulator.deploy("tagged", {"B": tagged}) == "CREATE_COMPLETE"
    assert {"Key": "layer", "Value": "bronze"} in emulator.client("s3").get_bucket_tagging(Bucket="tagged")["TagSet"]


def test_an_alarm_on_metric_math_stands_without_a_judgement_until_there_is_data(emulator: Emulator) -> None:
    metric = {"Metric": {"Namespace": "AWS/States", "MetricName": "ExecutionsFailed"}, "Period": 60, "Stat": "Sum"}
    alarm = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "failures",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "Metrics": [
                {"Id": "sum", "Expression": "a + 0", "ReturnData": True},
                {"Id": "a", "MetricStat": metric, "ReturnData": False},
            ],
        },
    }
    assert emulator.deploy("alarm", {"Alarm": alarm}) == "CREATE_COMPLETE"
    (described,) = emulator.client("cloudwatch").describe_alarms(AlarmNames=["failures"])["MetricAlarms"]
    assert described["StateValue"] == "INSUFFICIENT_DATA"
    assert "alarm" not in [event.get("kind") for event in emulator.journal()]
    assert physical_ids(emulator, "alarm") == {"Alarm": "failures"}


def test_a_bucket_with_objects_is_not_deleted(emulator: Emulator) -> None:
    assert emulator.deploy("full", {"B": bucket("full")}) == "CREATE_COMPLETE"
    emulator.client("s3").put_object(Bucket="full", Key="one", Body=b"1")
    emulator.client("cloudformation").delete_stack(StackName="full")
    assert emulator.settled("full") == "DELETE_FAILED"
    assert "not empty" in emulator.reasons("full")
    emulator.client("s3").delete_object(Bucket="full", Key="one")
    emulator.client("cloudformation").delete_stack(StackName="full")
    emulator.client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName="full", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )


def test_a_type_that_only_the_registry_knows_is_recorded(emulator: Emulator) -> None:
    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "Flow": {
            "Type": "AWS::EC2::FlowLog",
            "Properties": {"ResourceId": {"Ref": "Vpc"}, "ResourceType": "VPC", "TrafficType": "ALL"},
        },
        "Security": {
            "Type": "AWS::Glue::SecurityConfiguration",
            "Properties": {"Name": "sec", "EncryptionConfiguration": {}},
        },
    }
    assert emulator.deploy("generic", resources) == "CREATE_COMPLETE"
    assert labels(emulator, "generic") == {"Vpc": "recorded", "Flow": "recorded", "Security": "recorded"}


def test_an_unknown_property_is_refused(emulator: Emulator) -> None:
    flow = {"Type": "AWS::EC2::FlowLog", "Properties": {"ResourceId": "v", "ResourceType": "VPC", "Trafic": "ALL"}}
    assert emulator.deploy("typo", {"Flow": flow}) == "ROLLBACK_COMPLETE"
    assert "AWS::EC2::FlowLog" in emulator.reasons("typo")
    assert "'Trafic' was unexpected" in emulator.reasons("typo")


def test_a_missing_property_is_refused(emulator: Emulator) -> None:
    query = {"Type": "AWS::Athena::NamedQuery", "Properties": {"Database": "gold"}}
    assert emulator.deploy("missing", {"Query": query}) == "ROLLBACK_COMPLETE"
    assert "'QueryString' is a required property" in emulator.reasons("missing")


def test_a_type_that_nobody_knows_is_refused_with_a_sentence(emulator: Emulator) -> None:
    with pytest.raises(ClientError, match=r"\[AWS::Nowhere::Thing\] \(Odd\).* Check its spelling"):
        emulator.deploy("unknown", {"Odd": {"Type": "AWS::Nowhere::Thing"}})
    assert any(e["label"] == "unsupported" for e in emulator.journal() if e["event"] == "resource")


def test_attributes_and_references_stay_through_an_update(emulator: Emulator) -> None:
    def stack(description: str) -> Json:
        return {
            "Query": {
                "Type": "AWS::Athena::NamedQuery",
                "Properties": {"Database": "gold", "QueryString": "SELECT 1", "Name": "one"},
            },
            "Config": {
                "Type": "AWS::MSK::Configuration",
                "Properties": {"Name": "c", "ServerProperties": "a=b", "Description": description},
            },
        }

    assert emulator.deploy("stable", stack("first")) == "CREATE_COMPLETE"
    before = physical_ids(emulator, "stable")
    assert emulator.deploy("stable", stack("second"), update=True) == "UPDATE_COMPLETE"
    assert physical_ids(emulator, "stable") == before


def physical_ids(emulator: Emulator, stack: str) -> dict[str, str]:
    resources = emulator.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
    return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}


def test_a_custom_resource_whose_function_fails_fails_at_once(emulator: Emulator) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "def handler(event, context):\n    raise ValueError('no answer')\n")
    created = emulator.client("lambda").create_function(
        FunctionName="silent",
        Runtime="python3.12",
        Handler="index.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/silent",
        Code={"ZipFile": buffer.getvalue()},
    )
    custom = {"Type": "Custom::Silent", "Properties": {"ServiceToken": created["FunctionArn"]}}
    assert emulator.deploy("silent", {"Custom": custom}) == "ROLLBACK_COMPLETE"
    assert "The function of Custom failed: no answer" in emulator.reasons("silent")


def kafka_source(**properties: object) -> dict[str, object]:
    source = {
        "EventSourceArn": f"arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/c/u",
        "FunctionName": "f",
        "Topics": ["trades"],
        "StartingPosition": "LATEST",
    }
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {**source, **properties}}


def test_an_event_source_on_kafka_that_asks_for_what_is_not_played_is_refused(emulator: Emulator) -> None:
    source = kafka_source(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=1)
    assert emulator.deploy("source", {"Source": source}) == "ROLLBACK_COMPLETE"
    assert "StartingPositionTimestamp is not played by the emulator" in emulator.reasons("source")


def test_an_event_source_on_kafka_needs_its_function(emulator: Emulator) -> None:
    assert emulator.deploy("no-function", {"Source": kafka_source()}) == "ROLLBACK_COMPLETE"
    assert "there is no function f" in emulator.reasons("no-function")


def test_a_template_without_surprises_is_no_violation(emulator: Emulator) -> None:
    before = [e for e in emulator.journal() if e["event"] == "violation"]
    emulator.deploy("quiet", {"Topic": {"Type": "AWS::SNS::Topic"}})
    assert [e for e in emulator.journal() if e["event"] == "violation"] == before
    assert labels(emulator, "quiet") == {"Topic": "recorded"}


def test_every_line_of_the_journal_is_one_object(emulator: Emulator) -> None:
    for line in (emulator.state_dir / "journal.jsonl").read_text(encoding="utf-8").splitlines():
        assert json.loads(line)["event"] in ("resource", "execution", "violation")
