"""Every address."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from accounts.views.log_in import LogInView
from accounts.views.password_reset import MailedResetDoneView, MailedResetView
from accounts.views.setup import setup
from config import health

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "Annotate"
admin.site.index_title = "Set up"

urlpatterns = [
    path("", include("projects.urls")),
    path("", include("annotate.urls")),
    path("", include("learner.urls")),
    path("account/", include("accounts.urls")),
    path("setup/", setup, name="setup"),
    path("accounts/login/", LogInView.as_view()),
    path("accounts/password/reset/", MailedResetView.as_view()),
    path("accounts/password/reset/done/", MailedResetDoneView.as_view()),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("config.api")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
]

handler400 = "core.error_answers.bad_request"
handler404 = "core.error_answers.not_found"
handler500 = "core.error_answers.server_error"
