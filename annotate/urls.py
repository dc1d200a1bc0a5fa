from django.urls import path

from annotate.views import agreement, dashboard, home, inbox, people
from annotate.views.data import exports, imports, wizard
from annotate.views.items import bulk, images, item_views, items, saving
from annotate.views.labelling import label, practice, summary, verify
from annotate.views.review import parts, review, sample

urlpatterns = [
    path("", home.home, name="home"),
    path("inbox/", inbox.show, name="inbox"),
    path("projects/new/", wizard.wizard, name="project-new"),
    path("projects/new/<step>/", wizard.wizard, name="project-new-step"),
    path("projects/<int:project_id>/", dashboard.dashboard, name="dashboard"),
    path("projects/<int:project_id>/label/", label.label, name="label"),
    path("projects/<int:project_id>/label/summary/", summary.summary, name="label-summary"),
    path("projects/<int:project_id>/verify/", verify.verify, name="verify"),
    path("projects/<int:project_id>/practice/", practice.show, name="practice"),
    path("projects/<int:project_id>/items/", items.items, name="items"),
    path("projects/<int:project_id>/items/bulk/", bulk.bulk, name="items-bulk"),
    path("projects/<int:project_id>/items/views/", saving.save_view, name="items-view-save"),
    path("projects/<int:project_id>/items/views/counted/", item_views.counted, name="items-views-counted"),
    path("projects/<int:project_id>/items/views/<int:view_id>/", saving.change_view, name="items-view"),
    path(
        "projects/<int:project_id>/items/deletions/<int:deletion_id>/restore/",
        bulk.restore,
        name="items-restore",
    ),
    path("projects/<int:project_id>/review/", review.review, name="review"),
    path("projects/<int:project_id>/review/parts/", parts.review_parts, name="review-parts"),
    path("projects/<int:project_id>/review/sample/", sample.show, name="review-sample"),
    path(
        "projects/<int:project_id>/review/acceptances/<int:acceptance_id>/undo/",
        sample.undo,
        name="acceptance-undo",
    ),
    path("projects/<int:project_id>/agreement/", agreement.agreement, name="agreement"),
    path("projects/<int:project_id>/people/", people.everybody, name="people"),
    path("projects/<int:project_id>/people/<str:username>/", people.person, name="person"),
    path("items/<int:item_id>/", items.item, name="item"),
    path("items/<int:item_id>/drawer/", items.drawer, name="item-drawer"),
    path("items/<int:item_id>/image/", images.item_image, name="item-image"),
    path("projects/<int:project_id>/import/", imports.imports, name="import"),
    path("projects/<int:project_id>/import/<int:import_id>/", imports.import_page, name="import-one"),
    path("projects/<int:project_id>/import/<int:import_id>/columns/", imports.columns, name="import-columns"),
    path("projects/<int:project_id>/import/<int:import_id>/progress/", imports.progress, name="import-progress"),
    path("projects/<int:project_id>/import/<int:import_id>/again/", imports.again, name="import-again"),
    path("projects/<int:project_id>/import/<int:import_id>/rejected.csv", imports.rejected, name="import-rejected"),
    path("projects/<int:project_id>/import/examples/<reader>/", imports.example, name="import-example"),
    path("projects/<int:project_id>/export/", exports.exports, name="export"),
    path("projects/<int:project_id>/export/download/", exports.download, name="export-download"),
]
