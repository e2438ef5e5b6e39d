"""S3 buckets of CloudFormation as AWS makes them: the template's encryption is kept, a bucket with objects stays."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from .registry import Properties

TYPE = "AWS::S3::Bucket"
_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def install() -> None:
    """Wraps MiniStack's handlers of `AWS::S3::Bucket`, which drop BucketEncryption and delete full buckets."""
    handlers = provisioners._RESOURCE_HANDLERS[TYPE]
    provisioners._RESOURCE_HANDLERS[TYPE] = {
        **handlers,
        "create": _with_encryption(handlers["create"]),
        "update": _with_encryption(handlers["update"]),
        "delete": _only_when_empty(handlers["delete"]),
    }


def encryption_xml(bucket_encryption: Properties) -> bytes:
    """A template's BucketEncryption as the body of a PutBucketEncryption request."""
    root = ElementTree.Element("ServerSideEncryptionConfiguration", xmlns=_NAMESPACE)
    for rule in bucket_encryption.get("ServerSideEncryptionConfiguration") or []:
        element = ElementTree.SubElement(root, "Rule")
        default = rule.get("ServerSideEncryptionByDefault")
        if default:
            by_default = ElementTree.SubElement(element, "ApplyServerSideEncryptionByDefault")
            for name in ("SSEAlgorithm", "KMSMasterKeyID"):
                if default.get(name):
                    ElementTree.SubElement(by_default, name).text = str(default[name])
        key_enabled = str(rule.get("BucketKeyEnabled", False)).lower()
        ElementTree.SubElement(element, "BucketKeyEnabled").text = key_enabled
    return ElementTree.tostring(root)


def _with_encryption(stock: Any) -> Any:
    def handler(*arguments: Any) -> tuple[str, Properties]:
        bucket, attributes = stock(*arguments)
        _apply_encryption(bucket, _new_properties(arguments))
        return bucket, attributes

    return handler


def _new_properties(arguments: tuple[Any, ...]) -> Properties:
    """Of `create(logical_id, properties, stack)` or `update(physical_id, old, new, stack)`."""
    return arguments[-2]


def _apply_encryption(bucket: str, properties: Properties) -> None:
    if "BucketEncryption" not in properties:
        s3._delete_bucket_encryption(bucket)
        return
    status, _, body = s3._put_bucket_encryption(bucket, encryption_xml(properties["BucketEncryption"]))
    if status >= 400:
        raise ValueError(f"{TYPE}: BucketEncryption of {bucket} is refused: {body!r}")


def _only_when_empty(stock: Any) -> Any:
    def delete(bucket: str, properties: Properties) -> None:
        objects = (s3._buckets.get(bucket) or {}).get("objects")
        if objects or s3._bucket_has_versions(bucket):
            raise ValueError(f"The bucket you tried to delete is not empty ({bucket}); empty it first.")
        stock(bucket, properties)

    return delete
