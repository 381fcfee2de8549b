"""Where what ships with Tocsin lies."""

from pathlib import Path

PACKED = Path(__file__).parents[1] / "_shipped"
SHIPPED = PACKED if PACKED.is_dir() else Path(__file__).parents[2]
"""Where `templates/` and `manifest.yml` lie: packed inside an installed Tocsin, beside `app` in a checkout."""
