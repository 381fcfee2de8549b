"""What APScheduler's jobs do: nothing, counted. In a module of its own, for a stored job is found by its name."""

ran = 0


async def noop(_number: int) -> None:
    """Do nothing."""
    global ran  # noqa: PLW0603 -- a stored job can reach nothing else
    ran += 1
