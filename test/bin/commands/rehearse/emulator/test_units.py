"""Small functions of the emulator, without an emulator."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from emulator.athena import Edit, apply, named_queries, with_parameters
from emulator.config import ConfigError, SparkConfig, load_config
from emulator.iam_enforcement import as_on_aws
from emulator.lambdas import error_class
from emulator.msk import topic_config
from emulator.registry import PropertyError, resource_schema
from emulator.spark import SparkCommand, error_message, parse_conf
from emulator.storage import encryption_xml

VALID = {"port": 4566, "account": "111122223333", "region": "us-east-1", "stateDir": "/tmp/x"}


def test_chained_conf_is_split_into_properties() -> None:
    assert parse_conf("a=b --conf c=d=e  --conf  f=g h") == (("a", "b"), ("c", "d=e"), ("f", "g h"))
    assert parse_conf("") == ()


def test_the_settings_of_the_rehearsal_come_last() -> None:
    config = SparkConfig(python="python", home="/spark", conf=(("spark.x", "rehearsal"),), jars=("/a.jar",))
    line = SparkCommand(Path("job.py"), {"--conf": "spark.x=deployed", "--date": "today"}, Path("/w")).line(config)
    assert line.index("spark.x=deployed") < line.index("spark.x=rehearsal")
    assert line[-3:] == ["job.py", "--date", "today"]


def test_jobs_start_from_the_class_archive_that_the_first_one_wrote(tmp_path: Path) -> None:
    archive = tmp_path / "cache" / "classes.jsa"
    archive.parent.mkdir()
    config = SparkConfig(python="python", home="/spark", class_archive=archive)
    first = SparkCommand(Path("job.py"), {}, tmp_path)
    assert f"-XX:ArchiveClassesAtExit={tmp_path}/classes.jsa" in " ".join(first.line(config))
    (tmp_path / "classes.jsa").write_text("archive")
    first.keep_class_archive(config)
    assert archive.read_text() == "archive"
    assert f"-XX:SharedArchiveFile={archive}" in " ".join(SparkCommand(Path("b.py"), {}, tmp_path).line(config))


def test_the_error_message_is_the_last_traceback_without_log_lines() -> None:
    log = "Traceback (most recent call last)\nold\nTraceback (most recent call last):\n  File\n"
    log += "26/11/23 23:40:16 INFO SparkContext: bye\nKeyError: 'x'\n"
    assert error_message(log, 1) == "Traceback (most recent call last):\n  File\nKeyError: 'x'"


def test_the_error_message_is_no_traceback_that_java_quotes() -> None:
    quoted = "py4j.Py4JException: Return Message: 'Traceback (most recent call last):'\n  at py4j\n"
    log = f"Traceback (most recent call last):\n  File\nJobError: denied\n{quoted}"
    assert error_message(log, 1).startswith("Traceback (most recent call last):\n  File\nJobError: denied")


def test_without_a_traceback_the_error_message_has_the_exit_code() -> None:
    assert error_message("killed\n", 137).startswith("The script ended with exit code 137.")


@pytest.mark.parametrize(
    ("log", "message", "name"),
    [
        ("Traceback (most recent call last):\n  File x\nshop.errors.OutOfStock: none left", "none left", "OutOfStock"),
        ("TypeError: x is not a function\n    at handler (index.js:1)", "x is not a function", "TypeError"),
        ("Traceback\nValueError", "", "ValueError"),
        ("nothing here 1", "boom", None),
    ],
)
def test_the_class_of_an_error_is_read_from_its_trace(log: str, message: str, name: str | None) -> None:
    assert error_class(log, message) == name


def test_topic_settings_are_a_json_object_in_base64() -> None:
    assert topic_config(base64.b64encode(b'{"retention.ms": "1000"}').decode()) == {"retention.ms": "1000"}
    assert topic_config("") == {}


@pytest.mark.parametrize("text", [b"retention.ms=1000", b"[1]"])
def test_other_topic_settings_are_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="must be the base64 text of a JSON object"):
        topic_config(base64.b64encode(text).decode())


def test_edits_are_applied_from_the_end() -> None:
    assert apply("one two three", [Edit(0, 3, "1", "lake"), Edit(8, 13, "3", "lake")]) == "1 two 3"


def test_encryption_without_a_default_has_only_the_bucket_key() -> None:
    document = encryption_xml({"ServerSideEncryptionConfiguration": [{"BucketKeyEnabled": True}]}, "alias").decode()
    assert "<BucketKeyEnabled>true</BucketKeyEnabled>" in document
    assert "ApplyServerSideEncryptionByDefault" not in document


def test_kms_without_a_key_is_encrypted_with_the_key_of_aws() -> None:
    rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    document = encryption_xml({"ServerSideEncryptionConfiguration": [rule]}, "alias/aws/s3").decode()
    assert "<KMSMasterKeyID>alias/aws/s3</KMSMasterKeyID>" in document


TOPIC = {"ClusterArn": "arn", "TopicName": "t", "PartitionCount": 2, "ReplicationFactor": 1}


def test_numbers_may_be_text_as_in_cloudformation() -> None:
    resource_schema("AWS::MSK::Topic", "us-east-1").validate({**TOPIC, "PartitionCount": "2"})


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({**TOPIC, "PartitionCount": "two"}, "PartitionCount: 'two' is not of type 'integer'"),
        ({**TOPIC, "PartitionCount": "0"}, "PartitionCount: 0.0 is less than the minimum of 1"),
        ({**TOPIC, "Partitions": 1}, "'Partitions' was unexpected"),
        ({**TOPIC, "TopicArn": "arn"}, "TopicArn is read-only"),
        ({key: value for key, value in TOPIC.items() if key != "TopicName"}, "'TopicName' is a required property"),
    ],
)
def test_properties_that_break_the_schema_are_named(properties: dict[str, Any], message: str) -> None:
    with pytest.raises(PropertyError, match=message):
        resource_schema("AWS::MSK::Topic", "us-east-1").validate(properties)


def test_a_create_only_property_requires_replacement_and_another_does_not() -> None:
    schema = resource_schema("AWS::MSK::Topic", "us-east-1")
    assert schema.requires_replacement(TOPIC, {**TOPIC, "TopicName": "u"})
    assert not schema.requires_replacement(TOPIC, {**TOPIC, "PartitionCount": 3})


def test_a_configuration_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**VALID, "spark": {"python": "python", "conf": {"a": 1}}}), encoding="utf-8")
    config = load_config(path)
    assert (config.endpoint, config.spark) == ("http://127.0.0.1:4566", SparkConfig("python", conf=(("a", "1"),)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nope", "is not JSON"),
        ("[]", "must hold a JSON object"),
        (json.dumps({**VALID, "port": "x"}), "'port' must be a int"),
        (json.dumps({**VALID, "account": "1"}), "'account' must be twelve digits"),
        (json.dumps({**VALID, "spark": {"python": "p", "jars": ["/no.jar"]}}), "names /no.jar, which does not exist"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_config(path)


def test_execution_parameters_take_the_places_of_question_marks() -> None:
    query = "SELECT '?' AS \"?\", a FROM t -- ?\nWHERE a = ? AND b > CAST(? AS date)"
    assert with_parameters(query, ["'it''s ?'", "'2026-11-28'"]) == (
        "SELECT '?' AS \"?\", a FROM t -- ?\nWHERE a = 'it''s ?' AND b > CAST('2026-11-28' AS date)"
    )
    assert with_parameters(query, []) == query


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (["'a'"], "more question marks"),
        (["'a'", "'b'", "'c'"], "fewer question marks"),
        (["'a'", "1 OR 1=1"], "is no literal"),
        (["'a'", "'a' OR 'b'='b'"], "is no literal"),
    ],
)
def test_execution_parameters_that_do_not_fit_are_refused(parameters: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        with_parameters("SELECT * FROM t WHERE a = ? AND b = ?", parameters)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("WITH trades AS (SELECT 1) SELECT * FROM trades", {"trades"}),
        ("WITH a (x, y) AS (SELECT 1, 2), Trades AS (SELECT 1) SELECT * FROM trades", {"a", "trades"}),
        ('SELECT * FROM (WITH "trades" AS (SELECT 1) SELECT * FROM trades) AS x', {"trades"}),
        ("WITH RECURSIVE trades AS (SELECT 1) SELECT * FROM trades", {"trades"}),
        ("SELECT price AS trades, sum(x) AS y FROM trades AS t JOIN (SELECT 1) AS u", set()),
    ],
)
def test_what_a_query_names_itself_is_no_table(query: str, names: set[str]) -> None:
    assert named_queries(query) == names


@pytest.mark.parametrize(
    ("key", "stock", "value"),
    [
        ("aws:SecureTransport", "false", "true"),
        # Of a session it is that of its role, whoever has taken it on.
        ("aws:PrincipalArn", "arn:aws:sts::1:assumed-role/reader/me", "arn:aws:iam::1:role/reader"),
        ("aws:PrincipalArn", "arn:aws:iam::1:user/me", "arn:aws:iam::1:user/me"),
        ("aws:userid", "arn:aws:sts::1:assumed-role/reader/me", "arn:aws:sts::1:assumed-role/reader/me"),
    ],
)
def test_a_condition_key_has_the_value_that_aws_gives_it(key: str, stock: str, value: str) -> None:
    assert as_on_aws(lambda _key, _context: stock)(key, None) == value
