"""What annotate announces to whoever stands above it."""

from django.dispatch import Signal

# An annotation was stored or changed. Arguments: project_id, item_id, annotator_id.
annotation_submitted = Signal()
