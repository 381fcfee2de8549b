"""A playbook of one's own to start from: a copy of one that ships, and the settings that name it."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from app.playbooks.faults import Wrong
from app.playbooks.schema import schema
from app.playbooks.shipped import shipped
from app.playbooks.source import FILE, PLAYBOOKS

SCHEMA = "playbook.schema.json"
SETTINGS = ".env"
ENV = """\
# Read by tocsin from the folder in which it is started; the environment wins. Keep it secret.

# Bot User OAuth Token (xoxb-…): your app's page, OAuth & Permissions
SLACK_BOT_TOKEN=
# App-level token (xapp-…) with connections:write, for Socket Mode: Basic Information, App-Level Tokens
SLACK_APP_TOKEN=
# Signing Secret, for HTTP instead of Socket Mode: Basic Information, App Credentials
SLACK_SIGNING_SECRET=
# Where incidents are kept: sqlite:///tocsin.db, or postgresql://user:password@host/name
DATABASE_URL=sqlite:///tocsin.db
# The playbook: a name that ships, or a folder of your own
TOCSIN_PLAYBOOK=./{name}
# Slack member ids (U…), separated by commas, of those who may bind responders besides workspace admins
TOCSIN_ADMINS=
"""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person answered: which playbook to begin with, and what is different in their own."""

    begin_with: str
    name: str
    timezone: str
    announce: str


def start(wishes: Wishes, into: Path) -> tuple[Path, Path]:
    """Write a playbook and settings into a folder and return both; raises `Wrong` rather than touch what is there."""
    folder, settings = into / wishes.name, into / SETTINGS
    for place in (folder, settings):
        if place.exists() or place.is_symlink():
            raise Wrong(f"{place} is there already", "choose another folder with --into, or another --name")
    into.mkdir(parents=True, exist_ok=True)
    _write_secretly(settings, ENV.format(name=wishes.name))
    shutil.copytree(shipped() / PLAYBOOKS / wishes.begin_with, folder)
    file = folder / FILE
    file.write_text(_own(file.read_text(encoding="utf-8"), wishes), encoding="utf-8")
    (folder / SCHEMA).write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder, settings


def _own(text: str, wishes: Wishes) -> str:
    changes = {
        r"(?m)^name: .*$": f"name: {wishes.name}",
        r"(?m)^timezone: .*$": f"timezone: {wishes.timezone}",
        r"(?m)^(channels:(?:.*\n?  )*?.*\bannounce: )[a-z0-9_-]+": rf"\g<1>{wishes.announce}",
        r"\$schema=\S+": f"$schema={SCHEMA}",
    }
    for pattern, said in changes.items():
        text = re.sub(pattern, said, text, count=1)
    return text


def _write_secretly(file: Path, text: str) -> None:
    """Write a file that nobody else on this machine can read."""
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(text, encoding="utf-8")
