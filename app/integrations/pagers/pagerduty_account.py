"""PagerDuty's REST API, which is only read: who is on call by a schedule, and who somebody is.

Schedules: https://developer.pagerduty.com/api-reference/3f03afb2c84a4-get-a-schedule (`final_schedule`, with overrides,
as rendered between `since` and `until`). People: https://developer.pagerduty.com/api-reference/2395ca1feb25e-get-a-user
Credentials and versions: https://developer.pagerduty.com/docs/rest-api-overview
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from app.config import Settings
from app.domain.on_call import Schedule
from app.domain.playbook import Playbook
from app.integrations.answers import OtherSide
from app.integrations.ical import Entry, Unreadable
from app.integrations.proof import Proof, disproof, unheard
from app.line import Answer, Fence, Line, one_line
from app.outbox import Dead, Failed

SETTING = "PAGERDUTY_API_TOKEN"
NO_TOKEN = f"Make a read-only key in PagerDuty under Integrations, API Access Keys, and set {SETTING}."
VERSION = "application/vnd.pagerduty+json;version=2"
LONGEST_NAME = 200
MOST_PEOPLE = 100
Json = Mapping[str, Any]


class Account:
    """What PagerDuty knows of schedules and people. `token` is a key of its REST API; a read-only one will do."""

    def __init__(self, token: SecretStr, address: str, fence: Fence) -> None:
        said = SecretStr(f"Token token={token.get_secret_value()}")
        self._line = Line(address, headers={"Authorization": said, "Accept": VERSION}, fence=fence)
        self._other = OtherSide("PagerDuty", SETTING, (token,), "PAGERDUTY_API_URL")
        self._addresses: dict[str, str] = {}

    async def entries(self, schedule: str, since: datetime, until: datetime) -> list[Entry]:
        """Return who is on call by a schedule between two moments. Raises `Unreadable`."""
        query = {"since": _written(since), "until": _written(until), "time_zone": "UTC", "overflow": "true"}
        found = await self._get(f"/schedules/{quote(schedule, safe='')}", query)
        if not isinstance(found, Answer):
            raise Unreadable(found.reason)
        if found.status == HTTPStatus.NOT_FOUND:
            raise Unreadable(f"PagerDuty has no schedule {schedule} that the key in {SETTING} may see")
        turns = list(_turns(found.read()))
        people = dict.fromkeys(person for _, _, person, _ in turns if person)
        addresses = {person: await self.address_of(person) for person in list(people)[:MOST_PEOPLE]}
        return [
            Entry(starts, ends, name, tuple(filter(None, [addresses.get(person)])))
            for starts, ends, person, name in turns
            if starts < ends
        ]

    async def address_of(self, person: str) -> str:
        """Return the e-mail address of somebody by their id; nothing where PagerDuty does not say."""
        if person not in self._addresses:
            found = await self._get(f"/users/{quote(person, safe='')}")
            user = found.read().get("user") if isinstance(found, Answer) else None
            address = user.get("email") if isinstance(user, dict) else None
            if not isinstance(address, str):
                return ""
            self._addresses[person] = address
        return self._addresses[person]

    async def prove(self, schedules: Sequence[str]) -> list[Proof]:
        """Look at each of these schedules; without any, only whether the key is taken."""
        proofs = [await self._proof(f"/schedules/{quote(one, safe='')}", f"its schedule {one}") for one in schedules]
        return proofs or [await self._proof("/schedules", "its schedules", {"limit": "1"})]

    async def close(self) -> None:
        """Let go of every connection."""
        await self._line.close()

    async def _proof(self, path: str, what: str, query: Mapping[str, str] | None = None) -> Proof:
        found = await self._get(path, query)
        if isinstance(found, Dead):
            return disproof(found.reason, f"See {SETTING}")
        if not isinstance(found, Answer):
            return unheard("PagerDuty", found)
        if found.status == HTTPStatus.NOT_FOUND:
            return disproof(f"PagerDuty does not show {what}", "Copy its id anew into the playbook: on_call_schedule")
        return Proof(ok=True, says=f"PagerDuty shows {what}.")

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> Answer | Failed:
        asking = self._line.ask("GET", path, query=query)
        return await self._other.hear(asking, "read it in PagerDuty", also=(HTTPStatus.NOT_FOUND,))


def account(settings: Settings, fence: Fence) -> Account | None:
    """Return PagerDuty's REST API, if the settings connect it."""
    if settings.pagerduty_api_token is None:
        return None
    return Account(settings.pagerduty_api_token, settings.pagerduty_api_url, fence)


def schedules_of(playbook: Playbook) -> list[str]:
    """Return the ids of the schedules that a playbook names."""
    return list(dict.fromkeys(plan.id for plan in playbook.on_call.values() if isinstance(plan, Schedule)))


def _turns(read: Json) -> Iterator[tuple[datetime, datetime, str, str]]:
    """Yield each turn of what was answered: from when, until when, whose id and whose name."""
    schedule = read.get("schedule")
    final = schedule.get("final_schedule") if isinstance(schedule, dict) else None
    rendered = final.get("rendered_schedule_entries") if isinstance(final, dict) else None
    if not isinstance(rendered, list):
        raise Unreadable("PagerDuty answered with something that is no schedule")
    for one in rendered:
        user = one.get("user") if isinstance(one, dict) else None
        if isinstance(user, dict) and (starts := _moment(one.get("start"))) and (ends := _moment(one.get("end"))):
            yield starts, ends, str(user.get("id") or ""), one_line(str(user.get("summary") or ""))[:LONGEST_NAME]


def _moment(said: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
