"""What opens calls: Zoom, where the settings connect it, else the link of the playbook, where it has one."""

from collections.abc import Mapping

from app.config import Settings
from app.domain.effects import Way
from app.domain.playbook import Playbook
from app.integrations.bridge.calls import Calls
from app.integrations.bridge.fixed import Fixed, links
from app.integrations.bridge.sink import BridgeSink
from app.integrations.bridge.zoom import Account, Zoom
from app.integrations.system import Around, System
from app.line import Fence


def bridge(around: Around) -> Mapping[Way, System]:
    """Return what opens calls, if anything does."""
    calls = _zoom(around.settings, around.fence) or _fixed(around.playbook)
    return {Way.BRIDGE: BridgeSink(calls)} if calls else {}


def _zoom(settings: Settings, fence: Fence) -> Calls | None:
    secret = settings.zoom_client_secret
    if not (secret and settings.zoom_account_id and settings.zoom_client_id and settings.zoom_host):
        return None
    account = Account(
        settings.zoom_account_id,
        settings.zoom_client_id,
        secret,
        settings.zoom_host,
        settings.zoom_api_url,
        settings.zoom_token_url,
    )
    return Zoom(account, fence)


def _fixed(playbook: Playbook) -> Calls | None:
    return Fixed(playbook) if links(playbook) else None
