"""S3 buckets of CloudFormation as AWS makes them: encryption and tags are kept, a bucket with objects stays."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from ministack.core.responses import get_account_id, get_region
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from .registry import Properties

TYPE = "AWS::S3::Bucket"
_OLD_SDK = "aws-sdk-java/1."
_ENCRYPTION_HEADERS = "x-amz-server-side-encryption"
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def install() -> None:
    """Wraps MiniStack's handlers of `AWS::S3::Bucket`, which drop BucketEncryption and Tags and delete full buckets."""
    handlers = provisioners._RESOURCE_HANDLERS[TYPE]
    provisioners._RESOURCE_HANDLERS[TYPE] = {
        **handlers,
        "create": _keeping_properties(handlers["create"]),
        "update": _keeping_properties(handlers["update"]),
        "delete": _only_when_empty(handlers["delete"]),
    }
    s3._head_object = _without_encryption_for_old_sdk(s3._head_object)


def _without_encryption_for_old_sdk(stock: Any) -> Any:
    """Keeps an object's encryption from the AWS SDK for Java 1, which is below Hadoop's S3A.

    S3A passes the encryption of the source on when it copies, as it does to rename, and the SDK refuses to send the id
    of a key over plain HTTP. Without it the copy is encrypted as the bucket has it, which is the same.
    """

    def head_object(
        bucket: str, key: str, headers: dict[str, str] | None = None, query_params: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        status, answer, body = stock(bucket, key, headers, query_params)
        if _OLD_SDK in (headers or {}).get("user-agent", ""):
            answer = {name: value for name, value in answer.items() if not name.lower().startswith(_ENCRYPTION_HEADERS)}
        return status, answer, body

    return head_object


def encryption_xml(bucket_encryption: Properties, managed_key: str) -> bytes:
    """A template's BucketEncryption as the body of a PutBucketEncryption request.

    Args:
        bucket_encryption: The property of the template.
        managed_key: The ARN of AWS's own key for S3, which AWS takes for `aws:kms` without a key and which MiniStack
            wants to be told, or it would refuse every object.
    """
    root = ElementTree.Element("ServerSideEncryptionConfiguration", xmlns=_NAMESPACE)
    for rule in bucket_encryption.get("ServerSideEncryptionConfiguration") or []:
        element = ElementTree.SubElement(root, "Rule")
        default = rule.get("ServerSideEncryptionByDefault")
        if default:
            by_default = ElementTree.SubElement(element, "ApplyServerSideEncryptionByDefault")
            algorithm = str(default.get("SSEAlgorithm", ""))
            key = default.get("KMSMasterKeyID") or (managed_key if algorithm.startswith("aws:kms") else None)
            ElementTree.SubElement(by_default, "SSEAlgorithm").text = algorithm
            if key:
                ElementTree.SubElement(by_default, "KMSMasterKeyID").text = str(key)
        key_enabled = str(rule.get("BucketKeyEnabled", False)).lower()
        ElementTree.SubElement(element, "BucketKeyEnabled").text = key_enabled
    return ElementTree.tostring(root)


def _keeping_properties(stock: Any) -> Any:
    def handler(*arguments: Any) -> tuple[str, Properties]:
        bucket, attributes = stock(*arguments)
        properties = _new_properties(arguments)
        _apply_encryption(bucket, properties)
        s3._bucket_tags[bucket] = {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or []}
        return bucket, attributes

    return handler


def _new_properties(arguments: tuple[Any, ...]) -> Properties:
    """Of `create(logical_id, properties, stack)` or `update(physical_id, old, new, stack)`."""
    return arguments[-2]


def _apply_encryption(bucket: str, properties: Properties) -> None:
    if "BucketEncryption" not in properties:
        s3._delete_bucket_encryption(bucket)
        return
    managed_key = f"arn:aws:kms:{get_region()}:{get_account_id()}:alias/aws/s3"
    status, _, body = s3._put_bucket_encryption(bucket, encryption_xml(properties["BucketEncryption"], managed_key))
    if status >= 400:
        raise ValueError(f"{TYPE}: BucketEncryption of {bucket} is refused: {body!r}")


def _only_when_empty(stock: Any) -> Any:
    def delete(bucket: str, properties: Properties) -> None:
        objects = (s3._buckets.get(bucket) or {}).get("objects")
        if objects or s3._bucket_has_versions(bucket):
            raise ValueError(f"The bucket you tried to delete is not empty ({bucket}); empty it first.")
        stock(bucket, properties)

    return delete
