"""The README is true of the code."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from app import config
from app.slack.manifest import manifest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CREATE_APP = re.compile(r"\((https://api\.slack\.com/apps\?new_app=1&manifest_json=[^)\s]+)\)")


def test_the_link_to_slack_carries_the_manifest_that_ships() -> None:
    link = CREATE_APP.search(README)
    assert link is not None
    [carried] = parse_qs(urlsplit(link[1]).query)["manifest_json"]
    assert json.loads(carried) == manifest()


def test_every_file_that_the_readme_links_is_there() -> None:
    linked = [target for target in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in target]
    assert linked
    assert [target for target in linked if not (ROOT / target).exists()] == []


def test_every_room_has_its_line_in_the_map() -> None:
    rooms = {path.stem for path in (ROOT / "app").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    mapped = (ROOT / "app" / "__init__.py").read_text()
    assert {room for room in rooms - {"__init__"} if not re.search(rf"^    {room}\b", mapped, re.MULTILINE)} == set()


def test_every_setting_is_in_the_documents_and_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    names = {
        str(field.validation_alias or f"TOCSIN_{name}".upper()) for name, field in config.Settings.model_fields.items()
    }
    # The one is for tests and drills, the other set by Heroku itself.
    told = README + (ROOT / "docs" / "integrations.md").read_text()
    for name in names - {"TOCSIN_CLOCK_FILE", "DYNO"}:
        assert f"`{name}`" in told
        assert name in example
