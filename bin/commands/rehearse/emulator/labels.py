"""What stands behind each CloudFormation type in a rehearsal.

`executed`: a real thing stands behind the resource, and what runs on it is real. `recorded`: the resource was accepted
and kept, its properties checked at most; nothing behaved, and it never counts as passed. `unsupported`: refused.
"""

from __future__ import annotations

from dataclasses import dataclass

EXECUTED = "executed"
RECORDED = "recorded"
UNSUPPORTED = "unsupported"


@dataclass(frozen=True)
class Capability:
    """How much of a resource type is real, and what a reader of the report must know about it."""

    label: str
    note: str


_EXECUTED: dict[str, str] = {
    "AWS::LakeFormation::DataCellsFilter": "Queries of Athena see its columns and rows alone.",
    "AWS::LakeFormation::DataLakeSettings": "Its administrators may see every table; other settings have no effect.",
    "AWS::LakeFormation::PrincipalPermissions": "Judges every request to the catalog; in what order is checked.",
    "AWS::LakeFormation::Resource": "Tables stand there only with a permission; no access to files is handed out.",
    "AWS::LakeFormation::Tag": "Its values are those that can be given.",
    "AWS::LakeFormation::TagAssociation": "Permissions by tags follow it.",
    "AWS::CloudWatch::Alarm": "Judged by what functions measured, its periods passing in seconds; tells its topic.",
    "AWS::S3::Bucket": "Objects are stored and served; objects are not encrypted, lifecycle rules do not run.",
    "AWS::Glue::Database": "The catalog is real, and IAM guards it.",
    "AWS::Glue::DataQualityRuleset": "Its text was judged: read by AWS's own parser, measured by Deequ on local Spark.",
    "AWS::IAM::ManagedPolicy": "Requests were allowed by it, and by nothing else.",
    "AWS::IAM::Policy": "Requests were allowed by it, and by nothing else.",
    "AWS::IAM::Role": "Assumed; its policies judged every request, but not those to Kafka.",
    "AWS::S3::BucketPolicy": "Judges every request to the bucket; what is sent here counts as sent over TLS.",
    "AWS::Glue::Job": "Runs as local Spark with the deployed script, arguments and libraries.",
    "AWS::KinesisAnalyticsV2::Application": "A local Apache Flink runs its jar; one process, units are not applied.",
    "AWS::MSK::Cluster": "A local Apache Kafka; IAM and TLS are not enforced, size and settings are not applied.",
    "AWS::MSK::ServerlessCluster": "A local Apache Kafka; IAM and TLS are not enforced, quotas are not applied.",
    "AWS::CodeBuild::Project": "Its source was unpacked under its role; what the Dockerfile installs was there.",
    "AWS::ECS::TaskDefinition": "Its command runs as a local process under its role; size and network are not.",
    "AWS::MSK::Topic": "Created in the local Apache Kafka, with its partitions and settings, on one replica.",
    "AWS::RedshiftServerless::Namespace": "A local PostgreSQL database with roles and grants; nothing is encrypted.",
    "AWS::RedshiftServerless::Workgroup": "A local PostgreSQL; size, usage limits and network are not applied.",
    "AWS::SecretsManager::Secret": "Its value is kept, and its policies judge who reads it.",
    "AWS::StepFunctions::StateMachine": "Its states are run; waits and retries are shorter.",
    "AWS::Lambda::Function": "Its code runs as a local process; network, memory size and layers are not enforced.",
    "AWS::CloudFormation::CustomResource": "Its Lambda function really ran.",
    "AWS::Lambda::EventSourceMapping": "Polls and calls the function; how many pollers there are has no effect.",
    "AWS::ElastiCache::ServerlessCache": "A local Valkey in cluster mode; TLS, IAM and limits are not enforced.",
    "AWS::ElastiCache::User": "A user of the local Valkey; its access string judged every command.",
    "AWS::ElastiCache::UserGroup": "Its users are those of the local Valkey.",
    "AWS::ApiGatewayV2::Api": "Requests and live connections went through it; throttling and TLS are not enforced.",
    "AWS::ApiGatewayV2::Integration": "Requests went through it.",
    "AWS::ApiGatewayV2::Route": "Requests went through it; who may call it was judged.",
}

_RECORDED: dict[str, str] = {
    "AWS::Athena::WorkGroup": "Kept; the checks read the tables without it, and its limits are not enforced.",
    "AWS::CDK::Metadata": "Has no effect.",
    "AWS::ECS::Service": "Kept; nothing runs behind it, since its image cannot be had here.",
    "AWS::Events::Rule": "Kept; rules on a schedule do not fire during a rehearsal.",
    "AWS::Glue::Trigger": "Kept; does not fire during a rehearsal.",
    "AWS::MSK::ClusterPolicy": "Kept and handed out; the local Kafka does not enforce it.",
    "AWS::KMS::Key": "Its policy judges every use; nothing is encrypted with it.",
    "AWS::Scheduler::Schedule": "Kept; does not fire during a rehearsal.",
}

_ICEBERG = "An Iceberg table: metadata written from the template's own schema, ids and partition spec."
_BY_MINISTACK = "Accepted and kept by the emulator; nothing checked its behaviour."
_GENERIC = "Properties checked against the registry's schema; nothing stands behind it."


def capability(resource_type: str, *, iceberg: bool = False, generic: bool = False) -> Capability:
    """The capability of a resource type.

    Args:
        resource_type: Such as `AWS::S3::Bucket`.
        iceberg: True for an `AWS::Glue::Table` that is an Iceberg table.
        generic: True for a type that only the generic handler of `generic_types` knows.
    """
    if iceberg:
        return Capability(EXECUTED, _ICEBERG)
    if resource_type.startswith("Custom::"):
        return Capability(EXECUTED, _EXECUTED["AWS::CloudFormation::CustomResource"])
    if resource_type in _EXECUTED:
        return Capability(EXECUTED, _EXECUTED[resource_type])
    return Capability(RECORDED, _RECORDED.get(resource_type, _GENERIC if generic else _BY_MINISTACK))
