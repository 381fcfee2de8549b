"""The vendors that Tocsin calls, played on this machine from their documentation.

    fake.py    what all of them share, faults among it
    server.py  serves them, each below its name

`ALL` are those that the sandbox plays.
"""

from app.sandbox.vendors.confluence import Confluence
from app.sandbox.vendors.fake import KINDS, Fake, Fault, Heard
from app.sandbox.vendors.jira import Jira
from app.sandbox.vendors.opsgenie import Opsgenie
from app.sandbox.vendors.server import Vendors
from app.sandbox.vendors.statuspage import Statuspage
from app.sandbox.vendors.zoom import Zoom

ALL: tuple[type[Fake], ...] = (Confluence, Jira, Opsgenie, Statuspage, Zoom)

__all__ = ["ALL", "KINDS", "Fake", "Fault", "Heard", "Vendors"]
