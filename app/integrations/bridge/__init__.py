"""The call that people join: one file for each way to open one, behind one small protocol.

Each act is given the delivery's key, which marks the call there, so that it is found again.

calls.py      what opens calls, and how a call is named there
zoom.py       Zoom, by Server-to-Server OAuth
fixed.py      the playbook's own link, always the same
sink.py       the sink of the outbox for bridges
connecting.py what the settings, or the playbook, connect
"""

from app.integrations.bridge.calls import Calls
from app.integrations.bridge.connecting import bridge
from app.integrations.bridge.sink import BridgeSink
from app.integrations.bridge.zoom import Zoom

__all__ = ["BridgeSink", "Calls", "Zoom", "bridge"]
