"""A project in which pages of items of one predicted label are offered."""

import numpy as np

from accounts.models import User
from annotate import consensus
from annotate.models import Item, PageOffer
from annotate.pages import offers
from annotate.pages.offers import Predicted
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from projects.models import Label, Project
from tests.conftest import add_texts


def with_offer(project: Project, first_by: User, fruit: int = 40, tools: int = 5) -> Project:
    """`first_by` labelled some tools; so many open items are predicted to be fruit, from 91 % on, none a test item."""
    project.explore = 0.0  # else those served at random stand on no page
    project.save()
    add_texts(project, [f"tool {n}" for n in range(tools)] + [f"fruit {n}" for n in range(fruit)])
    for assignment in lease(project, first_by, tools):
        submit(assignment, "tools")
    consensus.fresh(project)
    predict(project, fruit_from="fruit")
    return project


def predict(project: Project, fruit_from: str) -> None:
    """Publish what a round would: items whose text begins so are fruit, the others tools."""
    ids = dict(Label.objects.filter(project=project).values_list("name", "pk"))
    rows = list(Item.objects.filter(project=project).order_by("pk").values_list("pk", "text"))
    is_fruit = np.array([text.startswith(fruit_from) for _, text in rows])
    offers.publish(
        project,
        Predicted(
            np.array([pk for pk, _ in rows]),
            np.where(is_fruit, ids["fruit"], ids["tools"]),
            np.linspace(0.91, 0.999, len(rows)),
            is_fruit,
        ),
        [PageOffer(project=project, label_id=ids["fruit"], tested=40, wrong=1, expected=0.03, caution=2.0)],
    )
