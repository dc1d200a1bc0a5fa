"""The learner's pages."""

from django.urls import path

from learner.views import estimates, item_map, round_page, rounds, similar

urlpatterns = [
    path("projects/<int:project_id>/estimates/", estimates.estimates, name="estimates"),
    path("projects/<int:project_id>/estimates/shares.csv", estimates.download, name="estimates-download"),
    path("projects/<int:project_id>/items/map/", item_map.show, name="items-map"),
    path("projects/<int:project_id>/items/similar/", similar.similar, name="items-similar"),
    path("projects/<int:project_id>/rounds/", rounds.rounds, name="rounds"),
    path("projects/<int:project_id>/rounds/compare/", round_page.compare, name="rounds-compare"),
    path("projects/<int:project_id>/rounds/<int:round_id>/", round_page.round_page, name="round"),
    path("projects/<int:project_id>/rounds/<int:round_id>/model/", round_page.model, name="round-model"),
    path("projects/<int:project_id>/rounds/progress/", rounds.progress, name="rounds-progress"),
    path("projects/<int:project_id>/rounds/panel/", rounds.panel, name="rounds-panel"),
]
