"""Projects, their members, invitations and webhooks by REST."""

from projects.api import invitations, projects, webhooks

urlpatterns = [*projects.urlpatterns, *invitations.urlpatterns, *webhooks.urlpatterns]
