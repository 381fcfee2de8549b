"""What every mapping of a playbook.yml has in common: no unknown keys, shorthands, and texts of a bearable length."""

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


class Entry(BaseModel):
    """One mapping of the file. Where `shorthand` names a key, a lone value stands for the mapping of that key."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    shorthand: ClassVar[str | None] = None
    exactly_one_of: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="before")
    @classmethod
    def _unfold(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return {cls.shorthand: value} if cls.shorthand else value
        given = [key for key in cls.exactly_one_of if key in value]
        misspelt = not given and not value.keys() <= cls.model_fields.keys()
        if cls.exactly_one_of and len(given) != 1 and not misspelt:
            problem = f"says {' and '.join(given)}" if given else "says nothing"
            raise Wrong(problem, f"write exactly one of {', '.join(cls.exactly_one_of)}")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Allow the lone value beside the mapping, and say which keys exclude each other."""
        reference = handler(core)
        definition = handler.resolve_ref_schema(reference)
        if cls.exactly_one_of:
            definition["oneOf"] = [{"required": [key]} for key in cls.exactly_one_of]
        if cls.shorthand:
            mapping = dict(definition)
            definition.clear()
            definition |= {"anyOf": [mapping["properties"][cls.shorthand], mapping]}
        return reference
