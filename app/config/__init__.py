"""The settings: the only reader of the environment and of `.env`.

Nothing here raises with a value in it that may be a secret.

    settings.py   all of them together; those of Tocsin itself, of Slack and of the database
    alerts.py pagerduty.py pagers.py mail.py status_page.py tickets.py documents.py bridge.py
                  those of the systems outside, a section for each subject (section.py)
    reading.py    reads them, and says everything at once that is wrong
    shipped.py    where what ships with Tocsin lies
"""

from app.config.reading import SettingsError, load, look
from app.config.settings import FIND_APP, FIND_BOT, Mode, OnlyGiven, Settings
from app.config.shipped import SHIPPED

__all__ = ["FIND_APP", "FIND_BOT", "SHIPPED", "Mode", "OnlyGiven", "Settings", "SettingsError", "load", "look"]
