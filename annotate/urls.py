from django.urls import path

from annotate.views import home, wizard

urlpatterns = [
    path("", home.home, name="home"),
    path("projects/new/", wizard.wizard, name="project-new"),
    path("projects/new/<step>/", wizard.wizard, name="project-new-step"),
]
