"""What Tocsin answers over HTTP, beside Slack's calls.

server.py    listens, from before Slack has answered to the end
health.py    /healthz and /livez
metrics.py   /metrics
"""

from app.web.health import health
from app.web.metrics import Metrics
from app.web.server import HttpServer, PortTaken

__all__ = ["HttpServer", "Metrics", "PortTaken", "health"]
