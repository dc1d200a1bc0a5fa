"""Labelling, items, and what was said about them, by REST."""

from annotate.api import answers, assignments, bulk, figures, items, machines, pages, queue, suspects, talk

urlpatterns = [
    *assignments.urlpatterns,
    *items.urlpatterns,
    *bulk.urlpatterns,
    *talk.urlpatterns,
    *answers.urlpatterns,
    *queue.urlpatterns,
    *figures.urlpatterns,
    *pages.urlpatterns,
    *suspects.urlpatterns,
    *machines.urlpatterns,
]
