"""`tocsin manifest`: what to create the Slack app from."""

import sys
from typing import Annotated

import typer
from ruamel.yaml import YAML

from app.slack.manifest import manifest as shipped


def manifest(
    http: Annotated[
        str | None, typer.Option(metavar="URL", help="Where Slack reaches this Tocsin; without it, Socket Mode.")
    ] = None,
) -> None:
    """Print the app's manifest, to paste into Slack's create-from-manifest page."""
    if http is not None and not http.startswith("https://"):
        raise typer.BadParameter("Slack calls https addresses only: --http https://tocsin.example.com")
    YAML().dump(shipped(http), sys.stdout)
