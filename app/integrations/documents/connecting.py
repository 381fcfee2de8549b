"""What the settings connect that keeps documents."""

from collections.abc import Mapping

from app.config import Settings
from app.domain.effects import Way
from app.integrations.documents.confluence import Account, Confluence
from app.integrations.documents.library import Library
from app.integrations.documents.sink import DocumentSink
from app.integrations.system import Around, System
from app.line import Fence


def documents(around: Around) -> Mapping[Way, System]:
    """Return what takes documents, if the settings connect it."""
    library = _library(around.settings, around.fence)
    return {Way.DOCUMENTS: DocumentSink(library)} if library else {}


def _library(settings: Settings, fence: Fence) -> Library | None:
    token = settings.confluence_api_token
    if not (token and settings.confluence_url and settings.confluence_email and settings.confluence_space):
        return None
    account = Account(
        settings.confluence_url,
        settings.confluence_email,
        token,
        settings.confluence_space,
        settings.confluence_parent,
    )
    return Confluence(account, fence)
