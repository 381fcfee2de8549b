"""The sandbox's clock: the wall's time plus an offset that people may move."""

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Wall time plus an offset in seconds. It only knows the time: moving it fires nothing by itself."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return the sandbox's present, aware and in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.offset)

    def move(self, seconds: float) -> None:
        """Let the sandbox's present be `seconds` later from now on."""
        self.offset += seconds
