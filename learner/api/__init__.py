"""The learner's part of the REST interface."""

from learner.api import figures, item_map, rounds, similar, vectors

urlpatterns = [
    *figures.urlpatterns,
    *item_map.urlpatterns,
    *rounds.urlpatterns,
    *similar.urlpatterns,
    *vectors.urlpatterns,
]
