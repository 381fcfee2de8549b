"""The JSON Schema of playbook.yml, for editors and for telling what is allowed where a file is wrong."""

from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from app.playbooks.entries import Entry
from app.playbooks.language import PlaybookFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a playbook.yml."""
    return {"$schema": DIALECT, **schema_of(PlaybookFile)}


@cache
def schema_of(written: type[Entry]) -> dict[str, Any]:
    """Return the JSON Schema of any mapping that people write into a playbook's folder."""
    return written.model_json_schema(schema_generator=_AsWritten)


class _AsWritten(GenerateJsonSchema):
    """Tells what may be written: a key is left out, never null, and needs no title beside its description."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        if schema.get("default", ...) is None:
            return self.generate_inner(schema["schema"])
        return super().default_schema(schema)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        written = super().dict_schema(schema)
        return written | {"additionalProperties": False} if "patternProperties" in written else written

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False
