"""A Slack workspace on this machine, to try Tocsin and to test it.

It speaks Slack's Web API, Socket Mode, signed HTTP and response URLs, on loopback, to an app that needs no change but
the address, vendors beside it (see `vendors`), and an Alertmanager that sends alerts. Members are played through its
page or its control requests; its clock can be moved.

What it does not do:

- other apps, workspaces, Slack Connect, Enterprise Grid, OAuth; there is one team, one app, two tokens
- group direct messages, and direct messages between members
- rate limits of its own (a fault plays them), paging of user groups, search, files of other apps, canvases, huddles
- legacy attachments (counted, neither kept nor shown), `markdown_text`, `username` and icons, `link_names`, unfurling
- Block Kit beyond the blocks and elements in `blockkit.py` and `elements.py`: no video, file or card blocks, no
  multi-select of channels and conversations, no email, file or rich text input, no workflow button
- the inside of rich text, beyond its outermost kind of element
- `response_urls` of modals, dispatch on each character, `emoji` and `verbatim` filled into text objects
- whether an emoji exists, a user is a guest, a channel is read-only
- events not yet acknowledged, trigger ids, response URLs, open modals and sockets: they do not outlive the process
"""

from app.sandbox.clock import MovableClock
from app.sandbox.people import Impossible
from app.sandbox.server import Sandbox
from app.sandbox.snapshot import Playbooks

__all__ = ["Impossible", "MovableClock", "Playbooks", "Sandbox"]
