"""Rulesets of AWS Glue Data Quality: kept, and handed out as they were deployed.

They are evaluated where Glue evaluates them, in the job (see `glue_library`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import glue

from . import cloudformation, registry
from .journal import Journal
from .registry import Properties

Response = tuple[int, dict[str, str], bytes]

TYPE = "AWS::Glue::DataQualityRuleset"
_READ = "GetDataQualityRuleset"


@dataclass
class Rulesets:
    """The CloudFormation handlers, and the one operation that reads a ruleset."""

    journal: Journal
    _kept: dict[tuple[str, str], Properties] = field(default_factory=dict)

    def create(self, _logical_id: str, properties: Properties, _stack: str) -> tuple[str, Properties]:
        """Keeps the ruleset; its text is parsed when it is evaluated."""
        registry.resource_schema(TYPE, get_region()).validate(properties)
        if self._key(properties["Name"]) in self._kept:
            raise ValueError(f"{TYPE}: a ruleset named {properties['Name']} already exists.")
        return self._keep(properties)

    def update(
        self, _physical_id: str, _old: Properties, new: Properties, _stack: str, _logical_id: str
    ) -> tuple[str, Properties]:
        """Replaces the ruleset's text."""
        registry.resource_schema(TYPE, get_region()).validate(new)
        return self._keep(new)

    def delete(self, physical_id: str, _properties: Properties) -> None:
        """Forgets the ruleset."""
        self._kept.pop(self._key(physical_id), None)

    def get(self, request: Properties) -> Response:
        """GetDataQualityRuleset."""
        name = request.get("Name", "")
        ruleset = self._kept.get(self._key(name))
        if ruleset is None:
            return error_response_json("EntityNotFoundException", f"Cannot find Data Quality Ruleset {name}", 400)
        self.journal.execution("quality-ruleset", name, "SUCCEEDED", 0)
        answer = {key: ruleset[key] for key in ("Name", "Description", "Ruleset", "TargetTable") if key in ruleset}
        return json_response(answer)

    def _keep(self, properties: Properties) -> tuple[str, Properties]:
        self._kept[self._key(properties["Name"])] = properties
        return properties["Name"], {}

    def _key(self, name: str) -> tuple[str, str]:
        return get_account_id(), name


def install(journal: Journal) -> None:
    """Adds the resource type, and the operation to MiniStack's Glue, which has none of Data Quality."""
    rulesets = Rulesets(journal)
    cloudformation.register(TYPE, rulesets.create, rulesets.update, rulesets.delete)
    glue._handle_request_sync = _reading_rulesets(glue._handle_request_sync, rulesets)


def _reading_rulesets(stock: Callable[..., Response], rulesets: Rulesets) -> Callable[..., Response]:
    def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Response:
        if headers.get("x-amz-target", "").endswith(f".{_READ}"):
            return rulesets.get(json.loads(body))
        return stock(method, path, headers, body, query)

    return handle
