from django.urls import path

from annotate.views import exports, home, images, imports, label, wizard

urlpatterns = [
    path("", home.home, name="home"),
    path("projects/new/", wizard.wizard, name="project-new"),
    path("projects/new/<step>/", wizard.wizard, name="project-new-step"),
    path("projects/<int:project_id>/label/", label.label, name="label"),
    path("items/<int:item_id>/image/", images.item_image, name="item-image"),
    path("projects/<int:project_id>/import/", imports.imports, name="import"),
    path("projects/<int:project_id>/import/<int:import_id>/", imports.one, name="import-one"),
    path("projects/<int:project_id>/import/<int:import_id>/progress/", imports.progress, name="import-progress"),
    path("projects/<int:project_id>/import/<int:import_id>/again/", imports.again, name="import-again"),
    path("projects/<int:project_id>/import/<int:import_id>/rejected.csv", imports.rejected, name="import-rejected"),
    path("projects/<int:project_id>/import/examples/<reader>/", imports.example, name="import-example"),
    path("projects/<int:project_id>/export/", exports.exports, name="export"),
    path("projects/<int:project_id>/export/download/", exports.download, name="export-download"),
]
