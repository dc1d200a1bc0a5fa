"""Projects, their members and invitations by REST."""

from projects.api import invitations, projects

urlpatterns = [*projects.urlpatterns, *invitations.urlpatterns]
