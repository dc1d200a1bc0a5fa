"""What the votes on an item agree on."""

from annotate.consensus.refresh import fresh, items, last_run, refresh

__all__ = ["fresh", "items", "last_run", "refresh"]
