"""What the votes on an item agree on."""

from annotate.consensus.refresh import last_run, refresh, refresh_all

__all__ = ["last_run", "refresh", "refresh_all"]
