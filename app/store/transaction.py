"""One transaction: everything that can be asked of the store and told to it."""

from sqlalchemy import Connection

from app.domain.playbook import Rules
from app.store.adoption import Adoption
from app.store.agenda import Agenda
from app.store.alerts import Alerts
from app.store.backlog import Backlog
from app.store.deliveries import Deliveries
from app.store.incidents import Incidents
from app.store.inspection import Inspection
from app.store.on_call import Rosters
from app.store.outages import Outages
from app.store.reading import Reader
from app.store.rings import Rings
from app.store.saving import Saving
from app.store.set_back import FollowingBack
from app.store.subscriptions import Subscriptions
from app.store.suggestions import Suggestions
from app.store.telling import Tellings
from app.store.vitals import Vitals
from app.store.workspaces import Pulses, Receipts


class Transaction(
    Incidents,
    Adoption,
    Agenda,
    Saving,
    Deliveries,
    Backlog,
    Rosters,
    Receipts,
    Pulses,
    FollowingBack,
    Subscriptions,
    Alerts,
    Suggestions,
    Rings,
    Tellings,
    Vitals,
    Outages,
    Inspection,
):
    """What a work is given; all of it is kept when the work returns, nothing when it raises.

    `shared` says whether other processes may run on this database.
    """

    def __init__(self, connection: Connection, known_rules: dict[str, Rules], *, shared: bool) -> None:
        self.connection = connection
        self.reader = Reader(connection, known_rules)
        self.shared = shared
