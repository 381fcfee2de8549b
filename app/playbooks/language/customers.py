"""What customers read, as a playbook.yml says it."""

from typing import Self

from pydantic import Field, model_validator

from app.playbooks.entries import Entry, Line, Word
from app.playbooks.faults import Wrong


class Component(Entry):
    """A part of the whole, as customers know it."""

    shorthand = "name"

    name: Word = Field(description="What customers read, such as Payments; called the same on the status page.")
    services: list[Line] = Field(
        default=[], max_length=30, description="What people call it in an incident, such as payment-service."
    )


class StatusPage(Entry):
    """What customers read of the whole."""

    components: list[Component] = Field(
        default=[], max_length=50, description="Its parts, in the order in which they are shown."
    )

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        names = [one.name.casefold() for one in self.components]
        if twice := [one.name for one in self.components if names.count(one.name.casefold()) > 1]:
            raise Wrong(f"{twice[0]} stands there twice", "keep one component of each name")
        return self
