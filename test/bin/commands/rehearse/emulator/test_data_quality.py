"""Rulesets as CloudFormation deploys them and Glue hands them out."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError
from emulator_harness import Emulator

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
