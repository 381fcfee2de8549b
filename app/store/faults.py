"""What an error of a database means for the work that met it."""

from enum import Enum, auto


class Fault(Enum):
    """What to do about an error: its sentence, another try, or none of these because the mistake is ours."""

    COLLIDED = auto()
    """Two transactions stood in each other's way: try again."""
    GONE = auto()
    """The connection broke: try again on another one, unless it broke while committing."""
    LATE = auto()
    """The database did not answer in time."""
    UNWRITABLE = auto()
    """The database answers, and cannot write."""
    OURS = auto()
    """No state of the database explains it."""
