"""What annotate announces to whoever stands above it."""

from django.dispatch import Signal

# Annotations were stored or changed. Arguments: project (a Project), item_id (None where an import stored many).
annotation_submitted = Signal()

# Items were deleted with their annotations, or restored. Arguments: project, annotations (how many of them).
items_deleted = Signal()

# Which further sources of events webhooks have. Receivers answer a list of `annotate.webhooks.sources.Source`.
asking_event_sources = Signal()
