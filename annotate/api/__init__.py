"""Labelling, items and what was said about them, by REST."""

from annotate.api import assignments

urlpatterns = [*assignments.urlpatterns]
