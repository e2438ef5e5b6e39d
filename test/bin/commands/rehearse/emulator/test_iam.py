"""IAM as the emulator enforces it: each request allowed or denied as AWS would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from emulator_harness import ACCOUNT, REGION, Emulator, started_emulator

Json = dict[str, Any]

AUDITOR = {
    "name": "auditor",
    "accessKeyId": "AKIAAUDITOR000000000",
    "secretAccessKey": "secret-of-the-auditor",
    "policy": {"Statement": [{"Effect": "Allow", "Action": "glue:GetTable", "Resource": "*"}]},
}
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}:"
CATALOG, DATABASE, TABLE = f"{GLUE}catalog", f"{GLUE}database/silver", f"{GLUE}table/silver/trades"
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
ACCOUNT_DECIDES = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator that enforces IAM, with a lake: a key, a bucket that demands TLS, a table."""
    state_dir = tmp_path_factory.mktemp("guarded")
    with started_emulator(state_dir, enforceIam=True, principals=[AUDITOR]) as (emulator, _):
        encryption = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}
        rules = [{"ServerSideEncryptionByDefault": encryption, "BucketKeyEnabled": True}]
        resources = {
            "Key": resource("AWS::KMS::Key", KeyPolicy={"Statement": [ACCOUNT_DECIDES]}),
            "Lake": resource(
                "AWS::S3::Bucket",
                BucketName="lake",
                BucketEncryption={"ServerSideEncryptionConfiguration": rules},
            ),
            "LakePolicy": resource(
                "AWS::S3::BucketPolicy", Bucket={"Ref": "Lake"}, PolicyDocument={"Statement": [TLS_ONLY]}
            ),
        }
        assert emulator.deploy("lake", resources) == "CREATE_COMPLETE", emulator.reasons("lake")
        glue = emulator.client("glue")
        for database in ("silver", "gold"):
            glue.create_database(DatabaseInput={"Name": database})
            glue.create_table(DatabaseName=database, TableInput={"Name": "trades"})
        emulator.client("s3").put_object(Bucket="lake", Key="silver/trades/a.parquet", Body=b"rows")
        yield emulator


def resource(kind: str, **properties: Any) -> Json:
    return {"Type": kind, "Properties": properties}


def allow(*actions: str, on: list[str] | str = "*", **more: Any) -> Json:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def role(emulator: Emulator, name: str, *statements: Json, service: str = "glue.amazonaws.com") -> str:
    """Deploys a role with a policy of its own; answers with its ARN."""
    trust = [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"},
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"},
    ]
    resources = {"Role": resource("AWS::IAM::Role", RoleName=name, AssumeRolePolicyDocument={"Statement": trust})}
    if statements:
        document = {"Statement": list(statements)}
        resources["Policy"] = resource(
            "AWS::IAM::Policy", PolicyName=name, PolicyDocument=document, Roles=[{"Ref": "Role"}]
        )
    assert emulator.deploy(f"role-{name}", resources) == "CREATE_COMPLETE", emulator.reasons(f"role-{name}")
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def acting_as(emulator: Emulator, name: str, service: str, *statements: Json) -> Any:
    """A client of a service in a session of a new role with these permissions."""
    arn = role(emulator, name, *statements)
    session = emulator.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return client(emulator, service, session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])


def client(emulator: Emulator, service: str, key: str, secret: str, token: str | None = None) -> Any:
    return boto3.client(
        service,
        endpoint_url=emulator.endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
    )


def denied(call: Any, **arguments: Any) -> str:
    """The sentence of the denial that the call must meet."""
    with pytest.raises(ClientError) as error:
        call(**arguments)
    assert error.value.response["Error"]["Code"] in ("AccessDenied", "AccessDeniedException"), error.value
    return error.value.response["Error"]["Message"]


def test_a_table_is_read_with_a_grant_on_catalog_database_and_table(guarded: Emulator) -> None:
    glue = acting_as(guarded, "reader", "glue", allow("glue:GetTable", on=[CATALOG, DATABASE, TABLE]))
    assert glue.get_table(DatabaseName="silver", Name="trades")["Table"]["Name"] == "trades"
    assert f"glue:GetTable on resource: {GLUE}table/gold/trades" in denied(
        glue.get_table, DatabaseName="gold", Name="trades"
    )


@pytest.mark.parametrize("missing", [CATALOG, DATABASE, TABLE], ids=["catalog", "database", "table"])
def test_a_table_is_not_read_without_the_grant_on(guarded: Emulator, missing: str) -> None:
    rest = [arn for arn in (CATALOG, DATABASE, TABLE) if arn != missing]
    name = "without-" + missing.rsplit(":", 1)[-1].split("/", 1)[0]
    glue = acting_as(guarded, name, "glue", allow("glue:GetTable", on=rest))
    assert f"glue:GetTable on resource: {missing} because no identity-based policy allows" in denied(
        glue.get_table, DatabaseName="silver", Name="trades"
    )


def test_a_table_is_created_and_updated_under_its_own_name(guarded: Emulator) -> None:
    own = [CATALOG, DATABASE, f"{GLUE}table/silver/own"]
    glue = acting_as(guarded, "creator", "glue", allow("glue:CreateTable", "glue:UpdateTable", on=own))
    glue.create_table(DatabaseName="silver", TableInput={"Name": "own"})
    glue.update_table(DatabaseName="silver", TableInput={"Name": "own"})
    assert "table/silver/trades" in denied(glue.update_table, DatabaseName="silver", TableInput={"Name": "trades"})


def test_a_database_is_asked_for_by_its_own_arn(guarded: Emulator) -> None:
    glue = acting_as(guarded, "database-reader", "glue", allow("glue:GetDatabase", on=[CATALOG, DATABASE]))
    assert glue.get_database(Name="silver")["Database"]["Name"] == "silver"
    assert "database/gold" in denied(glue.get_database, Name="gold")


def test_a_job_is_started_by_its_own_arn(guarded: Emulator) -> None:
    glue = acting_as(guarded, "starter", "glue", allow("glue:StartJobRun", on=f"{GLUE}job/silver"))
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.start_job_run(JobName="silver")
    assert f"{GLUE}job/gold" in denied(glue.start_job_run, JobName="gold")


OBJECTS = "arn:aws:s3:::lake/silver/*"


def key_arn(emulator: Emulator) -> str:
    found = emulator.client("cloudformation").describe_stack_resources(StackName="lake", LogicalResourceId="Key")
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{found['StackResources'][0]['PhysicalResourceId']}"


def test_an_encrypted_object_is_read_with_a_grant_to_decrypt(guarded: Emulator) -> None:
    key = allow("kms:Decrypt", on=key_arn(guarded))
    s3 = acting_as(guarded, "decrypter", "s3", allow("s3:GetObject", on=OBJECTS), key)
    assert s3.get_object(Bucket="lake", Key="silver/trades/a.parquet")["Body"].read() == b"rows"


def test_an_encrypted_object_is_not_read_without_a_grant_to_decrypt(guarded: Emulator) -> None:
    s3 = acting_as(guarded, "no-decrypter", "s3", allow("s3:GetObject", on=OBJECTS))
    assert f"kms:Decrypt on resource: {key_arn(guarded)}" in denied(
        s3.get_object, Bucket="lake", Key="silver/trades/a.parquet"
    )


def test_what_an_object_is_like_is_told_without_decrypting_it(guarded: Emulator) -> None:
    s3 = acting_as(guarded, "header", "s3", allow("s3:GetObject", on=OBJECTS))
    assert s3.head_object(Bucket="lake", Key="silver/trades/a.parquet")["ContentLength"] == 4


def test_an_object_is_written_with_a_data_key_and_not_without(guarded: Emulator) -> None:
    put = allow("s3:PutObject", on=OBJECTS)
    writer = acting_as(guarded, "writer", "s3", put, allow("kms:GenerateDataKey", on=key_arn(guarded)))
    writer.put_object(Bucket="lake", Key="silver/b", Body=b"b")
    assert "kms:GenerateDataKey" in denied(
        acting_as(guarded, "no-writer", "s3", put).put_object, Bucket="lake", Key="silver/b", Body=b"b"
    )


def test_an_upload_in_parts_asks_to_decrypt_besides(guarded: Emulator) -> None:
    put, data_key = allow("s3:PutObject", on=OBJECTS), allow("kms:GenerateDataKey", on=key_arn(guarded))
    s3 = acting_as(guarded, "half-uploader", "s3", put, data_key)
    assert "kms:Decrypt" in denied(s3.create_multipart_upload, Bucket="lake", Key="silver/c")
    decrypt = allow("kms:Decrypt", on=key_arn(guarded))
    s3 = acting_as(guarded, "uploader", "s3", put, data_key, decrypt)
    assert s3.create_multipart_upload(Bucket="lake", Key="silver/c")["UploadId"]


def test_a_copy_asks_to_decrypt_its_source(guarded: Emulator) -> None:
    copy, data_key = allow("s3:PutObject", "s3:GetObject", on=OBJECTS), allow("kms:GenerateDataKey")
    s3 = acting_as(guarded, "copier", "s3", copy, data_key)
    source = {"Bucket": "lake", "Key": "silver/trades/a.parquet"}
    assert "kms:Decrypt" in denied(s3.copy_object, Bucket="lake", Key="silver/d", CopySource=source)


def test_the_slash_at_the_end_of_a_folder_marker_counts(guarded: Emulator) -> None:
    grants = allow("s3:PutObject", on="arn:aws:s3:::lake/silver/folder/*"), allow("kms:GenerateDataKey")
    s3 = acting_as(guarded, "folder-maker", "s3", *grants)
    s3.put_object(Bucket="lake", Key="silver/folder/")
    assert "lake/silver/folder because" in denied(s3.put_object, Bucket="lake", Key="silver/folder")


def test_a_listing_is_bound_to_its_prefix(guarded: Emulator) -> None:
    bound = {"StringLike": {"s3:prefix": ["silver/*"]}}
    s3 = acting_as(guarded, "lister", "s3", allow("s3:ListBucket", on="arn:aws:s3:::lake", Condition=bound))
    assert s3.list_objects_v2(Bucket="lake", Prefix="silver/")["KeyCount"] > 0
    assert "s3:ListBucket" in denied(s3.list_objects_v2, Bucket="lake", Prefix="gold/")


def test_the_encryption_of_a_bucket_is_kept(guarded: Emulator) -> None:
    answer = guarded.client("s3").get_bucket_encryption(Bucket="lake")
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": key_arn(guarded),
    }


def test_images_are_looked_for_by_the_name_of_their_repository(guarded: Emulator) -> None:
    guarded.client("ecr").create_repository(repositoryName="assets")
    repository = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/assets"
    ecr = acting_as(guarded, "publisher", "ecr", allow("ecr:DescribeRepositories", on=repository))
    assert ecr.describe_repositories(repositoryNames=["assets"])["repositories"][0]["repositoryArn"] == repository
    assert "ecr:DescribeRepositories" in denied(ecr.describe_repositories)


def test_a_cluster_is_asked_for_by_its_own_arn(guarded: Emulator) -> None:
    own, other = (f"arn:aws:kafka:{REGION}:{ACCOUNT}:cluster/{name}/00000000-1" for name in ("own", "other"))
    kafka = acting_as(guarded, "broker-reader", "kafka", allow("kafka:GetBootstrapBrokers", on=own))
    with pytest.raises(kafka.exceptions.NotFoundException):
        kafka.get_bootstrap_brokers(ClusterArn=own)
    assert other in denied(kafka.get_bootstrap_brokers, ClusterArn=other)


def test_a_query_is_asked_for_by_its_workgroup(guarded: Emulator) -> None:
    root = guarded.client("athena")
    root.create_work_group(Name="analysts")
    guarded.output_bucket("results")
    output = {"OutputLocation": "s3://results/"}
    query = root.start_query_execution(QueryString="SELECT 1", WorkGroup="analysts", ResultConfiguration=output)
    group = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/"
    own = acting_as(guarded, "analyst", "athena", allow("athena:GetQueryExecution", on=group + "analysts"))
    assert own.get_query_execution(QueryExecutionId=query["QueryExecutionId"])["QueryExecution"]
    other = acting_as(guarded, "other-analyst", "athena", allow("athena:GetQueryExecution", on=group + "other"))
    assert group + "analysts" in denied(other.get_query_execution, QueryExecutionId=query["QueryExecutionId"])


def test_a_user_of_the_rehearsal_may_do_what_its_policy_says(guarded: Emulator) -> None:
    key, secret = AUDITOR["accessKeyId"], AUDITOR["secretAccessKey"]
    assert client(guarded, "glue", key, secret).get_table(DatabaseName="silver", Name="trades")
    assert "user/auditor is not authorized to perform: s3:ListBucket" in denied(
        client(guarded, "s3", key, secret).list_objects_v2, Bucket="lake"
    )


def test_a_wrong_signature_is_refused(guarded: Emulator) -> None:
    forger = client(guarded, "glue", AUDITOR["accessKeyId"], "another secret")
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        forger.get_table(DatabaseName="silver", Name="trades")


def test_a_task_of_a_state_machine_needs_a_grant_of_its_role(guarded: Emulator) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "End": True}
    definition = {"StartAt": "Run", "States": {"Run": {**state, "Parameters": {"JobName": "silver"}}}}
    job = f"{GLUE}job/silver"

    def outcome(name: str, *actions: str) -> Json:
        statements = [allow(*actions, on=job)] if actions else []
        role(guarded, name, *statements, service="states.amazonaws.com")
        return guarded.execute(guarded.machine(name, definition))

    none = outcome("machine-none")
    assert none["error"] == "Glue.AccessDeniedException"
    assert f"glue:StartJobRun on resource: {job}" in none["cause"]
    assert "glue:GetJobRun" in outcome("machine-start", "glue:StartJobRun")["cause"]
    allowed = outcome("machine-both", "glue:StartJobRun", "glue:GetJobRun")
    assert allowed["error"] == "Glue.EntityNotFoundException"


def test_a_task_that_calls_a_function_needs_a_grant_on_the_function(guarded: Emulator) -> None:
    state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
    definition = {"StartAt": "Run", "States": {"Run": {**state, "Parameters": {"FunctionName": "guard"}}}}
    role(guarded, "machine-lambda", allow("lambda:InvokeFunction", on="*:function:other"))
    execution = guarded.execute(guarded.machine("machine-lambda", definition))
    assert execution["error"] == "Lambda.AccessDeniedException"
    assert f"lambda:InvokeFunction on resource: arn:aws:lambda:{REGION}:{ACCOUNT}:function:guard" in execution["cause"]


def test_what_a_schedule_starts_needs_a_grant_of_its_role(guarded: Emulator) -> None:
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
    role(guarded, "scheduled", service="states.amazonaws.com")
    machine = guarded.machine("scheduled", definition)
    target = {"Arn": machine, "RoleArn": role(guarded, "schedule", service="scheduler.amazonaws.com")}
    window = {"Mode": "OFF"}
    guarded.client("scheduler").create_schedule(
        Name="daily", ScheduleExpression="rate(1 days)", Target=target, FlexibleTimeWindow=window
    )
    start = guarded.client("stepfunctions").start_execution
    assert f"states:StartExecution on resource: {machine}" in denied(start, stateMachineArn=machine)
    grant = {"Statement": [allow("states:StartExecution", on=machine)]}
    guarded.client("iam").put_role_policy(RoleName="schedule", PolicyName="start", PolicyDocument=json.dumps(grant))
    assert guarded.execute(machine)["status"] == "SUCCEEDED"


def test_the_journal_tells_what_is_granted_used_and_denied(guarded: Emulator) -> None:
    objects = "arn:aws:s3:::lake/journal/*"
    grants = allow("s3:GetObject", "s3:Put*", on=objects), allow("kms:GenerateDataKey*")
    s3 = acting_as(guarded, "journalled", "s3", *grants)
    for name in ("a", "b"):
        s3.put_object(Bucket="lake", Key=f"journal/{name}", Body=b"")
    denied(s3.get_object, Bucket="lake", Key="gold/a")
    events = guarded.journal()
    (policy,) = (e for e in events if e["event"] == "policy" and e["roles"] == ["journalled"] and e["allowed"])
    assert policy["allowed"] == [["s3:GetObject", objects], ["s3:Put*", objects], ["kms:GenerateDataKey*", "*"]]
    used = [(e["action"], e["resource"]) for e in events if e["event"] == "grant-used" and e["role"] == "journalled"]
    assert used == [("s3:Put*", objects), ("kms:GenerateDataKey*", "*")]
    (denial,) = (e for e in events if e["event"] == "denial" and "/journalled/" in e["principal"])
    assert (denial["action"], denial["resource"]) == ("s3:GetObject", "arn:aws:s3:::lake/gold/a")


def test_a_grant_whose_condition_was_not_met_is_not_used(guarded: Emulator) -> None:
    bucket = "arn:aws:s3:::lake"
    statements = [
        allow("s3:ListBucket", on=bucket, Condition={"StringEquals": {"s3:prefix": "gold/"}}),
        allow("s3:List*", on=bucket, Condition={"StringEquals": {"s3:prefix": "silver/"}}),
    ]
    acting_as(guarded, "conditional", "s3", *statements).list_objects_v2(Bucket="lake", Prefix="silver/")
    used = [e["action"] for e in guarded.journal() if e["event"] == "grant-used" and e["role"] == "conditional"]
    assert used == ["s3:List*"]


def test_every_request_is_allowed_where_iam_is_not_enforced(tmp_path_factory: pytest.TempPathFactory) -> None:
    with started_emulator(tmp_path_factory.mktemp("open"), enforceIam=False) as (emulator, _):
        glue = acting_as(emulator, "nobody", "glue")
        assert glue.get_databases()["DatabaseList"] == []
