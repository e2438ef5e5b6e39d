"""The CloudFormation registry's resource schemas, as the cfn-lint package ships them: about 1,850 types.

They tell, for any type, which properties exist, which must be there, which the service fills in, what `Ref` returns and
which change replaces the resource.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

Properties = dict[str, Any]

_POINTER_PREFIX = "/properties/"
_NUMBER_KEYWORDS = ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf")


class PropertyError(ValueError):
    """The properties of a resource break its type's schema; the message names the property."""


@dataclass(frozen=True)
class ResourceSchema:
    """One type of the registry."""

    resource_type: str
    document: dict[str, Any]

    @property
    def property_names(self) -> frozenset[str]:
        """The names of all top-level properties."""
        return frozenset(self.document.get("properties", {}))

    @property
    def primary_identifier(self) -> tuple[str, ...]:
        """Dotted paths of the properties that identify a resource; `Ref` returns their values joined by `|`."""
        return self._paths("primaryIdentifier")

    @property
    def read_only(self) -> tuple[str, ...]:
        """Dotted paths of the properties that the service fills in, which `Fn::GetAtt` returns."""
        return self._paths("readOnlyProperties")

    @property
    def create_only(self) -> tuple[str, ...]:
        """Dotted paths of the properties whose change replaces the resource."""
        return self._paths("createOnlyProperties")

    def property_schema(self, path: str) -> dict[str, Any]:
        """The JSON schema of the property at a dotted path, {} when it cannot be told."""
        schema: dict[str, Any] = self.document
        for part in path.split("."):
            schema = self._resolve(self._resolve(schema).get("properties", {}).get(part, {}))
        return schema

    def validate(self, properties: Properties) -> None:
        """Checks the properties of a template, intrinsic functions already resolved.

        As CloudFormation does, takes "5" for a number and "true" for a boolean.

        Raises:
            PropertyError: naming the type and every property that is wrong.
        """
        self._refuse_read_only(properties)
        problems = [_describe(error) for error in self._validator.iter_errors(properties)]
        if problems:
            raise PropertyError(f"{self.resource_type}: properties do not match the schema: {'; '.join(problems)}")

    def requires_replacement(self, old: Properties, new: Properties) -> bool:
        """Whether going from old to new properties needs a new physical resource."""
        return any(_values(old, path) != _values(new, path) for path in self.create_only)

    @cached_property
    def _validator(self) -> Draft7Validator:
        return _LenientValidator(self.document)

    def _refuse_read_only(self, properties: Properties) -> None:
        for path in self.read_only:
            if "." not in path and path in properties:
                raise PropertyError(f"{self.resource_type}: property {path} is read-only; remove it from the template.")

    def _paths(self, key: str) -> tuple[str, ...]:
        pointers = self.document.get(key) or []
        return tuple(pointer.removeprefix(_POINTER_PREFIX).replace("/", ".") for pointer in pointers)

    def _resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        reference = schema.get("$ref", "")
        name = reference.removeprefix("#/definitions/")
        return self.document.get("definitions", {}).get(name, {}) if reference else schema


@cache
def resource_types(region: str) -> frozenset[str]:
    """Every resource type the registry knows in a region; those of us-east-1 for a region it does not know."""
    return frozenset(_index(region))


@cache
def resource_schema(resource_type: str, region: str) -> ResourceSchema:
    """The schema of a type.

    Raises:
        KeyError: when the registry does not know the type in that region.
    """
    path = _data() / "resources" / f"{_index(region)[resource_type]}.json"
    return ResourceSchema(resource_type, json.loads(path.read_text(encoding="utf-8")))


@cache
def _index(region: str) -> dict[str, str]:
    providers = _data() / "providers"
    path = providers / f"{region}.json"
    return json.loads((path if path.exists() else providers / "us-east-1.json").read_text(encoding="utf-8"))


@cache
def _data() -> Path:
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("The Python package cfn-lint is missing; fetch the toolchain again.")
    return Path(spec.origin).parent / "data" / "schemas"


def _values(properties: Any, path: str) -> list[Any]:
    """The values at a dotted path, through the elements of lists where the path says `*`."""
    found = [properties]
    for part in path.split("."):
        if part == "*":
            found = [element for value in found if isinstance(value, list) for element in value]
        else:
            found = [value[part] for value in found if isinstance(value, dict) and part in value]
    return found


def _describe(error: ValidationError) -> str:
    where = "/".join(str(part) for part in error.absolute_path)
    return f"{where}: {error.message}" if where else error.message


def _is_integer(_checker: Any, value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[+-]?\d+", value) is not None
    return Draft7Validator.TYPE_CHECKER.is_type(value, "integer")


def _is_number(_checker: Any, value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[+-]?\d+(\.\d+)?", value) is not None
    return Draft7Validator.TYPE_CHECKER.is_type(value, "number")


def _is_boolean(_checker: Any, value: Any) -> bool:
    return value in ("true", "false") or isinstance(value, bool)


def _is_string(_checker: Any, value: Any) -> bool:
    return isinstance(value, (str, int, float, bool))


def _as_number(value: Any) -> Any:
    return float(value) if isinstance(value, str) else value


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, (int, float)) else value


def _on_converted(keyword: str, convert: Callable[[Any], Any]) -> Callable[..., Iterator[ValidationError]]:
    """A keyword of the standard, applied to a value that CloudFormation converts first."""
    standard = Draft7Validator.VALIDATORS[keyword]

    def check(validator: Any, limit: Any, value: Any, schema: Any) -> Iterator[ValidationError]:
        kind = "number" if convert is _as_number else "string"
        if validator.is_type(value, kind):
            yield from standard(validator, limit, convert(value), schema) or ()

    return check


def _pattern(_validator: Any, pattern: str, value: Any, _schema: Any) -> Iterator[ValidationError]:
    """Like the standard keyword, but leaves out the patterns that are Java's and that Python cannot read."""
    try:
        matches = not isinstance(value, str) or re.search(pattern, value) is not None
    except re.error:
        return
    if not matches:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


_LenientValidator = extend(
    Draft7Validator,
    validators={
        "pattern": _pattern,
        **{keyword: _on_converted(keyword, _as_number) for keyword in _NUMBER_KEYWORDS},
        **{keyword: _on_converted(keyword, _as_text) for keyword in ("minLength", "maxLength")},
    },
    type_checker=Draft7Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number, "boolean": _is_boolean, "string": _is_string}
    ),
)
