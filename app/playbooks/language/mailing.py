"""Who gets mail about incidents, as a playbook.yml says it."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from app.domain.reference import CUSTOMERS_TOLD
from app.playbooks.entries import Entry, OneOrMore
from app.playbooks.faults import Wrong
from app.playbooks.names import Email, SeverityRef

MOST_ADDRESSES = 100
"""As many as every mail server takes for one mail: https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1.8"""

Told = Literal["declared", "updated", "severity_changed", "resolved", "customers_told"]


def _each_once(addresses: list[str]) -> list[str]:
    alike = [address.lower() for address in addresses]
    if twice := sorted({address for address in alike if alike.count(address) > 1}):
        raise Wrong(f"{', '.join(twice)} written more than once", "keep one of each")
    return addresses


class Mailing(Entry):
    """A list of addresses that get mail at some moments of an incident."""

    to: Annotated[
        list[Email], OneOrMore(), Field(min_length=1, max_length=MOST_ADDRESSES), AfterValidator(_each_once)
    ] = Field(description="An address, or a list of those; customers do not see who else is on it.")
    when: Annotated[list[Told], OneOrMore(), Field(min_length=1)] = Field(
        description="declared, updated, severity_changed and resolved for people inside; customers_told alone for "
        "customers, who then read what a person has confirmed for them."
    )
    severities: list[SeverityRef] = Field(
        default=[], description="For incidents that have had one of these severities; without it, for every one."
    )

    @model_validator(mode="after")
    def _keeps_customers_apart(self) -> Self:
        if CUSTOMERS_TOLD in self.when and len(set(self.when)) > 1:
            others = ", ".join(one for one in self.when if one != CUSTOMERS_TOLD)
            raise Wrong(
                f"customers_told beside {others}",
                "make two lists: customers read only what a person has confirmed, and people inside read the rest",
            )
        return self
