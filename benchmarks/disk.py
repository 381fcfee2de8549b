"""What the disk itself does: the floor under everything that is durable."""

import os
import time
from pathlib import Path

BLOCK = b"\0" * 4096
FOR_SECONDS = 0.2


def fdatasyncs_per_second(folder: Path) -> float:
    """Return how often in a second 4 KiB can be written and brought to the disk that `folder` is on."""
    file = folder / "fdatasync"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
    try:
        count, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < FOR_SECONDS:
            os.pwrite(descriptor, BLOCK, 0)
            os.fdatasync(descriptor)
            count += 1
        return count / took
    finally:
        os.close(descriptor)
        file.unlink()
