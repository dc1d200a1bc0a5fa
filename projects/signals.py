"""What projects announces to whoever stands above it, and what it asks of them."""

from django.dispatch import Signal

# Settings were changed. Arguments: project, changed ({field: (before, after)}).
project_changed = Signal()

# Labels have other names or another order now. Arguments: project, before, after (lists of the names, side by side).
labels_renamed = Signal()

# Labels that nobody answered with are removed. Arguments: project, names.
labels_removed = Signal()

# Which labels has somebody answered with? Argument: project. Receivers answer a set of names.
asking_labels_in_use = Signal()

# Would all answers still be ones by these settings? Arguments: project, spec. Receivers say why not, or nothing.
asking_if_answers_fit = Signal()

# A project goes for good: whoever keeps rows of it deletes them now. Argument: project.
project_leaving = Signal()

# Somebody is no longer a member. Arguments: project, user.
member_left = Signal()

# project. Whoever keeps answers returns whether there are any.
asking_if_answered = Signal()

# A webhook was added, or wants other events than before. Argument: webhook.
webhook_subscribed = Signal()
