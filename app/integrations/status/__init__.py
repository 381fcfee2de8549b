"""Status pages, where customers read how it stands.

statuspage.py   Statuspage, by its REST API
sink.py         the sink of the outbox for what customers are told
connecting.py   what the settings connect
"""

from app.integrations.status.connecting import status
from app.integrations.status.sink import StatusSink
from app.integrations.status.statuspage import Statuspage

__all__ = ["StatusSink", "Statuspage", "status"]
