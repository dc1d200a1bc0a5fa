"""What is to be labelled, and who may."""

from projects.models.events import Event
from projects.models.guidelines import GuidelinesVersion
from projects.models.invitations import Invitation, InvitationQuerySet
from projects.models.labels import Label, LabelRename
from projects.models.members import Membership
from projects.models.projects import (
    Order,
    Project,
    ProjectQuerySet,
    Suggestions,
    acquisitions,
    aggregations,
    estimators,
    kinds_of_features,
    task_types,
)
from projects.models.roles import Role
from projects.models.webhooks import Webhook, WebhookDelivery, WebhookEvent

__all__ = [
    "Event",
    "GuidelinesVersion",
    "Invitation",
    "InvitationQuerySet",
    "Label",
    "LabelRename",
    "Membership",
    "Order",
    "Project",
    "ProjectQuerySet",
    "Role",
    "Suggestions",
    "Webhook",
    "WebhookDelivery",
    "WebhookEvent",
    "acquisitions",
    "aggregations",
    "estimators",
    "kinds_of_features",
    "task_types",
]
