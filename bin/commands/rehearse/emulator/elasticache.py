"""ElastiCache Serverless for Valkey on one local Valkey: its endpoint is the cache's, the deployed users are its users.

A user's access string judges every command, as on AWS. Passwords are not checked: IAM's tokens are AWS's to verify.
"""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

from ministack.core.responses import get_account_id, get_region

from . import cloudformation, registry
from .engines import Engines
from .journal import Journal
from .registry import Properties

CACHE = "AWS::ElastiCache::ServerlessCache"
USER = "AWS::ElastiCache::User"
USER_GROUP = "AWS::ElastiCache::UserGroup"

_TIMEOUT_SECONDS = 5.0


class ValkeyError(RuntimeError):
    """Valkey refuses a command; the message is its own."""


@dataclass
class ElastiCache:
    """The CloudFormation handlers of caches, users and groups of users."""

    engines: Engines
    journal: Journal
    users: dict[str, str] = field(default_factory=dict)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    caches: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def create_user(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Keeps the user until a cache has it."""
        _validate(USER, properties)
        user = properties["UserId"]
        if (properties.get("AuthenticationMode") or {}).get("Type") != "iam":
            raise ValueError(f"{USER} {user}: only users of IAM are played here; set AuthenticationMode.Type to iam.")
        if user != properties["UserName"]:
            raise ValueError(f"{USER} {user}: id and name of a user of IAM must be the same.")
        with self.lock:
            self.users[user] = properties.get("AccessString", "off")
        return user, {"Arn": _arn("user", user), "Status": "active"}

    def update_user(
        self, user: str, _old: Properties, new: Properties, stack: str, logical_id: str
    ) -> tuple[str, Properties]:
        """Gives the user its new access string, in every cache that has it."""
        created = self.create_user(logical_id, new, stack)
        for group in self.caches.values():
            if user in self.groups.get(group, ()):
                self._set_users(group)
        return created

    def delete_user(self, user: str, _properties: Properties) -> None:
        """Forgets the user."""
        self.users.pop(user, None)

    def create_group(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Keeps who belongs to the group."""
        _validate(USER_GROUP, properties)
        group, members = properties["UserGroupId"], tuple(properties["UserIds"])
        unknown = [member for member in members if member not in self.users]
        if unknown:
            raise ValueError(f"{USER_GROUP} {group}: there is no user {', '.join(unknown)}.")
        self.groups[group] = members
        return group, {"Arn": _arn("usergroup", group), "Status": "active"}

    def update_group(
        self, _group: str, _old: Properties, new: Properties, stack: str, logical_id: str
    ) -> tuple[str, Properties]:
        """Changes who belongs to the group, and so to its caches."""
        created = self.create_group(logical_id, new, stack)
        if created[0] in self.caches.values():
            self._set_users(created[0])
        return created

    def delete_group(self, group: str, _properties: Properties) -> None:
        """Forgets the group."""
        self.groups.pop(group, None)

    def create_cache(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Gives the local Valkey the users of the cache."""
        _validate(CACHE, properties)
        name, group = properties["ServerlessCacheName"], properties.get("UserGroupId")
        if properties["Engine"] != "valkey":
            raise ValueError(f"{CACHE} {name}: engine {properties['Engine']} is not played here; use valkey.")
        if name not in self.caches and self.caches:
            raise ValueError(f"{CACHE} {name}: one Valkey plays one cache, and there is {next(iter(self.caches))}.")
        if group not in self.groups:
            raise ValueError(f"{CACHE} {name}: there is no group of users {group}; nobody could connect.")
        self._set_users(group)
        self.caches[name] = group
        return name, self._attributes(name)

    def update_cache(
        self, name: str, _old: Properties, new: Properties, _stack: str, _logical_id: str
    ) -> tuple[str, Properties]:
        """Takes another group of users over; limits have no effect."""
        _validate(CACHE, new)
        self.caches[name] = new["UserGroupId"]
        self._set_users(new["UserGroupId"])
        return name, self._attributes(name)

    def delete_cache(self, name: str, _properties: Properties) -> None:
        """Empties the local Valkey."""
        if self.caches.pop(name, None) is not None:
            self._valkey(["FLUSHALL"])

    def _set_users(self, group: str) -> None:
        for user in self.groups[group]:
            self._valkey(["ACL", "SETUSER", user, "reset", "nopass", *self.users[user].split()])
        # The users outlive the data when Valkey is killed: they are configuration.
        self._valkey(["ACL", "SAVE"])

    def _attributes(self, name: str) -> Properties:
        _, host, port = self._address(name)
        endpoint = {f"{kind}.{part}": value for kind in ("Endpoint", "ReaderEndpoint")
                    for part, value in (("Address", host), ("Port", port))}  # fmt: skip
        return {**endpoint, "ARN": _arn("serverlesscache", name), "Status": "available", "FullEngineVersion": "8.0"}

    def _address(self, asking: str) -> tuple[str, str, str]:
        """Password of Valkey's default user, host, port."""
        user, _, place = self.engines.require("valkey", f"{CACHE} {asking}").partition("@")
        host, _, port = place.partition(":")
        return user.partition(":")[2], host, port

    def _valkey(self, command: list[str]) -> None:
        password, host, port = self._address("users")
        with socket.create_connection((host, int(port)), timeout=_TIMEOUT_SECONDS) as connection:
            for each in (["AUTH", "default", password], command):
                connection.sendall(_encoded(each))
                answer = connection.makefile("rb").readline().decode().strip()
                if answer.startswith("-"):
                    raise ValkeyError(f"Valkey refuses {' '.join(command)}: {answer[1:]}")


def install(engines: Engines, journal: Journal) -> None:
    """Registers the types of ElastiCache Serverless."""
    plays = ElastiCache(engines, journal)
    cloudformation.register(USER, plays.create_user, plays.update_user, plays.delete_user)
    cloudformation.register(USER_GROUP, plays.create_group, plays.update_group, plays.delete_group)
    cloudformation.register(CACHE, plays.create_cache, plays.update_cache, plays.delete_cache)


def _validate(resource_type: str, properties: Properties) -> None:
    registry.resource_schema(resource_type, get_region()).validate(properties)


def _arn(kind: str, name: str) -> str:
    return f"arn:aws:elasticache:{get_region()}:{get_account_id()}:{kind}:{name}"


def _encoded(command: list[str]) -> bytes:
    """A command of the Redis protocol."""
    parts = [part.encode() for part in command]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts)
