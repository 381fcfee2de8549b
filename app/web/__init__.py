"""What Tocsin answers over HTTP, beside Slack's calls.

server.py    listens, from before Slack has answered to the end
health.py    /healthz and /livez
metrics.py   /metrics
status/      /status, where customers read what they were told
alerts.py    /alerts/{source}, where monitors send alerts
"""

from app.web.alerts import Door
from app.web.health import health
from app.web.metrics import Metrics
from app.web.server import HttpServer, PortTaken
from app.web.status import status_page

__all__ = ["Door", "HttpServer", "Metrics", "PortTaken", "health", "status_page"]
