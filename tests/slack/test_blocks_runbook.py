from dataclasses import replace

from app.domain.playbook import Playbook
from app.domain.reference import Contact, Tool
from app.domain.runbook import Runbook
from app.domain.runbook_search import Found
from app.slack.blocks import reference, runbook
from app.slack.blocks.runbook import Shown
from app.slack.text import Message
from tests.domain.given import DEFAULT, at
from tests.slack.accepted import assert_message, labels, shown, texts
from tests.slack.examples import record, tell
from tests.slack.hostile import ATTACKS

AWS = Contact(
    "aws",
    "AWS Support",
    "Infrastructure",
    email="aws@example.com",
    phone="+1 (555) 01-00",
    url="https://aws.example.com",
    note="Have the account at hand",
)
GRAFANA = Tool("grafana", "Grafana", "https://grafana.example/d/x?var={service}&to={to_ms}", "Monitoring", "Dashboards")
LOGS = Tool("logs", "Logs", "https://logs.example/{incident}", "Monitoring")
BREACH = Runbook(
    "breach",
    "Security breach",
    "## Look\n\n1. Save the logs:\n\n```\nkubectl logs api > /tmp/x\n```",
    symptoms=("Strange API calls",),
    alerts=("BreachDetected",),
    severity="SEV1",
    services=("api-gateway",),
    warnings=("Do not restart services",),
    contacts=("aws",),
    tools=("grafana", "logs"),
)
MEMORY = Runbook("memory", "Memory used up", "Look.")
PLAYBOOK = Playbook(DEFAULT, contacts=(AWS,), tools=(GRAFANA, LOGS), runbooks=(BREACH, MEMORY))


def checked(message: Message) -> Message:
    assert_message(message)
    return message


def told(one: Runbook = BREACH, part: int = 1, playbook: Playbook = PLAYBOOK) -> Message:
    return checked(runbook.show(Shown(one, playbook, record(tell()), at(minutes=5), (MEMORY, BREACH)), part))


def everything(message: Message) -> str:
    leaves = [text for kind in ("text", "link") for text in texts(message.blocks, kind)]
    return "\n".join((shown(message), *leaves))


def test_the_warnings_come_first_then_how_it_shows_then_what_to_do() -> None:
    message = told()
    assert message.text == 'Runbook "Security breach": Do not restart services'
    warning = next(at for at, block in enumerate(message.blocks) if "Do not restart" in str(block))
    symptoms = next(at for at, block in enumerate(message.blocks) if "Strange API calls" in str(block))
    steps = next(at for at, block in enumerate(message.blocks) if "Save the logs" in str(block))
    assert (message.blocks[0]["type"], warning) == ("header", 1)
    assert warning < symptoms < steps
    assert ":warning: *Do not restart services*" in shown(message)
    assert "kubectl logs api > /tmp/x" in everything(message)
    assert "Alerts: BreachDetected" in shown(message)


def test_whom_to_call_and_where_to_look_come_last_with_what_else_may_fit() -> None:
    message = told()
    assert "AWS Support" in everything(message)
    assert "*If you get no further*" in shown(message)
    assert labels(message) == ["Grafana", "Logs", "Memory used up"]
    links = [element["url"] for block in message.blocks[-3:] for element in block["elements"] if "url" in element]
    assert links == [
        f"https://grafana.example/d/x?var=payments&to={int(at(minutes=5).timestamp() * 1000)}",
        "https://logs.example/incident-12",
    ]


def test_a_long_one_is_shown_part_by_part_each_with_the_warnings() -> None:
    long = replace(BREACH, body="\n\n".join(f"Step {number}: {'x' * 500}" for number in range(40)))
    first, second = told(long), told(long, 2)
    assert first.text.startswith('Runbook "Security breach", part 1 of 5: ')
    assert labels(first) == ["Go on, part 2 of 5"]
    assert all("Do not restart services" in shown(one) for one in (first, second))
    assert "Step 0:" in everything(first)
    assert "Step 0:" not in everything(second)
    assert labels(told(long, 5))[0] == "Grafana"
    assert told(long, 99).text == told(long, 5).text


def test_the_longest_one_that_can_be_written_is_shown_part_by_part() -> None:
    longest = Runbook(
        "x",
        "t" * 200,
        "\n\n".join(["w" * 3000] * 5),
        ("s" * 500,) * 20,
        ("a" * 100,) * 50,
        "SEV1",
        ("v" * 100,) * 50,
        warnings=("w" * 500,) * 10,
        contacts=("aws",),
    )
    contact = Contact("aws", *["c" * 500] * 6)
    playbook = Playbook(DEFAULT, contacts=(contact,) * 9)
    for part in range(1, 6):
        told(longest, part, playbook)


def test_what_the_runbook_has_not_is_left_out() -> None:
    message = told(MEMORY)
    assert labels(message) == ["Security breach"]
    assert "Symptoms" not in shown(message)


def test_an_offer_names_the_runbook_its_warnings_and_a_button() -> None:
    message = checked(runbook.offer(BREACH, record(tell())))
    assert message.text == 'There is a runbook for this: "Security breach".'
    assert ":warning: *Do not restart services*" in shown(message)
    assert labels(message) == ["Open runbook"]


def test_all_runbooks_can_be_chosen_from() -> None:
    message = checked(runbook.choose((BREACH, MEMORY), None, "printer"))
    assert message.text == 'No runbook is plainly about "printer". There are two runbooks to choose from.'
    assert labels(message) == ["Choose a runbook"]
    found = (Found(MEMORY, 1.0, ("printer", "jam"), sure=False),)
    near = checked(runbook.choose((BREACH, MEMORY), None, "printer jams", found))
    assert near.text == 'No runbook is plainly about "printer jams". This one comes near.'
    assert "*Memory used up* has: printer, jam" in shown(near)
    assert labels(near) == ["Memory used up", "Choose a runbook"]
    asked = checked(runbook.choose((BREACH,), record(tell()), ""))
    assert asked.text == ("No runbook is plainly about SEV1 Payment API down. There is one runbook to choose from.")
    many = [replace(MEMORY, id=f"m{number}") for number in range(150)]
    checked(runbook.choose(many, record(tell()), ""))


def test_contacts_can_be_called_and_written_to() -> None:
    message = checked(reference.contacts([AWS], "", 1))
    [line] = message.blocks[-1]["elements"]
    links = {leaf["text"]: leaf["url"] for leaf in line["elements"] if leaf["type"] == "link"}
    assert links == {
        "aws@example.com": "mailto:aws@example.com",
        "+1 (555) 01-00": "tel:+15550100",
        "https://aws.example.com": "https://aws.example.com",
    }
    many = checked(reference.contacts([replace(AWS, note="n" * 500)] * 20, "", 20))
    assert "Five more are left out. To search them all: `/incident contacts followed by a word`" in shown(many)
    assert checked(reference.contacts([], "gcp", 1)).text.startswith('No contact says "gcp".')
    nothing = checked(reference.contacts([], "gcp", 0))
    assert nothing.text == "This playbook has no contacts. They are written into its playbook.yml, under contacts."


def test_tools_stand_in_their_groups_with_links_for_the_incident() -> None:
    message = checked(reference.tools((GRAFANA, LOGS), record(tell()), at()))
    assert "*Monitoring*\nGrafana: Dashboards" in shown(message)
    assert shown(message).count("*Monitoring*") == 1
    assert labels(message) == ["Open", "Open"]
    assert "SEV1 Payment API down: payments" in message.text
    many = checked(reference.tools((replace(GRAFANA, note="n" * 500),) * 30, None, at()))
    assert "Five more are left out." in shown(many)
    assert "for the last half hour" in checked(reference.tools((GRAFANA,), None, at())).text


def test_hostile_words_stay_words() -> None:
    for text in ATTACKS:
        hostile = Runbook(
            "x", text, text, (text,), (text,), text, (text,), (), warnings=(text,), contacts=("aws",), tools=("logs",)
        )
        contact = Contact("aws", text, text, text, text, "https://x.example", text)
        playbook = Playbook(DEFAULT, contacts=(contact,), tools=(replace(LOGS, name=text, group=text, note=text),))
        told(hostile, playbook=playbook)
        checked(runbook.offer(hostile, record(tell())))
        checked(runbook.choose((hostile,), None, text))
        checked(reference.contacts((contact,), text, 1))
        checked(reference.tools(playbook.tools, None, at()))
