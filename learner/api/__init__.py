"""The learner's part of the REST interface."""

from learner.api import figures, rounds, similar, vectors

urlpatterns = [
    *figures.urlpatterns,
    *rounds.urlpatterns,
    *similar.urlpatterns,
    *vectors.urlpatterns,
]
