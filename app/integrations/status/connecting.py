"""What the settings connect of status pages."""

from collections.abc import Mapping

from app.domain.effects import Way
from app.integrations.status.sink import StatusSink
from app.integrations.status.statuspage import Statuspage
from app.integrations.system import Around, System


def status(around: Around) -> Mapping[Way, System]:
    """Return the status page that the settings connect, if any."""
    settings = around.settings
    key, page = settings.statuspage_api_key, settings.statuspage_page_id
    if key is None or not page:
        return {}

    def clock() -> float:
        return around.now().timestamp()

    names = [one.name for one in around.playbook.components]
    statuspage = Statuspage(key, page, settings.statuspage_url, fence=around.fence, clock=clock)
    return {Way.STATUS_PAGE: StatusSink(statuspage, names)}
