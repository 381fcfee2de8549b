"""What every mapping of a playbook.yml has in common: no unknown keys, shorthands, and texts of a bearable length."""

from collections.abc import Iterator
from itertools import combinations
from typing import Annotated, Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.playbooks.faults import Wrong

Line = Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[^\r\n]*$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=75, pattern=r"^[^\r\n]*$")]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=3000)]


class OneOrMore:
    """Marks a list whose only item may stand without its brackets."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Put a lone value into a list."""
        return core_schema.no_info_before_validator_function(
            lambda value: value if isinstance(value, list) else [value], handler(source)
        )

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Allow the item and the list."""
        many = handler(core)
        return {"anyOf": [many["items"], many]}


def _written_keys(entry: type[BaseModel]) -> frozenset[str]:
    return frozenset(known.alias or name for name, known in entry.model_fields.items())


class Entry(BaseModel):
    """One mapping of the file. Where `shorthand` names a key, a lone value stands for the mapping of that key."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    shorthand: ClassVar[str | None] = None
    exactly_one_of: ClassVar[tuple[str, ...]] = ()
    at_most_one_of: ClassVar[tuple[str, ...]] = ()
    at_least_one_of: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return {cls.shorthand: value} if cls.shorthand else value
        for keys, least, most, told in cls._counted():
            given = [key for key in keys if key in value]
            misspelt = not given and not value.keys() <= _written_keys(cls)
            if not misspelt and not least <= len(given) <= most:
                raise Wrong(f"says {' and '.join(given) or 'nothing'}", f"write {told} of {', '.join(keys)}")
        return value

    @classmethod
    def _counted(cls) -> Iterator[tuple[tuple[str, ...], int, int, str]]:
        if cls.exactly_one_of:
            yield cls.exactly_one_of, 1, 1, "exactly one"
        if cls.at_most_one_of:
            yield cls.at_most_one_of, 0, 1, "at most one"
        if cls.at_least_one_of:
            yield cls.at_least_one_of, 1, len(cls.at_least_one_of), "at least one"

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Allow the lone value beside the mapping, and say which keys exclude each other."""
        reference = handler(core)
        definition = handler.resolve_ref_schema(reference)
        if cls.exactly_one_of:
            definition["oneOf"] = [{"required": [key]} for key in cls.exactly_one_of]
        if cls.at_least_one_of:
            definition["allOf"] = [{"anyOf": [{"required": [key]} for key in cls.at_least_one_of]}]
        if cls.at_most_one_of:
            pairs = [{"required": list(pair)} for pair in combinations(cls.at_most_one_of, 2)]
            definition["not"] = {"anyOf": pairs}
        if cls.shorthand:
            mapping = dict(definition)
            definition.clear()
            definition |= {"anyOf": [mapping["properties"][cls.shorthand], mapping]}
        return reference
