"""A project: what is asked of people, and how."""

from functools import cached_property
from types import ModuleType
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

import annotate_kit.acquisition
import annotate_kit.aggregation
import annotate_kit.features
from accounts.models import User
from projects import estimators as known_estimators
from projects import label_sets, tasktypes
from projects.label_sets import LabelSet
from projects.models.roles import Role
from projects.tasktypes import Content, Spec

# The choices are callables, so that a new entry of a registry needs no migration.


def task_types() -> list[tuple[str, str]]:
    return tasktypes.choices()


def aggregations() -> list[tuple[str, str]]:
    return annotate_kit.aggregation.registry.choices()


def acquisitions() -> list[tuple[str, str]]:
    return annotate_kit.acquisition.registry.choices()


def estimators() -> list[tuple[str, str]]:
    return known_estimators.choices()


def kinds_of_features() -> list[tuple[str, str]]:
    return annotate_kit.features.registry.choices()


class Suggestions(models.TextChoices):
    HIDDEN = "hidden", "Hidden"
    AFTER = "after", "Shown after the first choice"
    SHOWN = "shown", "Shown"


class Order(models.TextChoices):
    IMPORT = "import", "As imported"
    SHUFFLED = "shuffled", "Shuffled"


class ProjectQuerySet(models.QuerySet["Project"]):
    def of(self, user: User, role: Role = Role.ANNOTATOR) -> Self:
        """The projects in which this person has at least this role. Superusers have every role everywhere."""
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(memberships__user=user, memberships__role__in=role.at_least)


class Project(models.Model):
    name = models.CharField(max_length=100)
    task_type = models.CharField(max_length=50, choices=task_types, default="single_choice")
    options = models.JSONField(default=dict, blank=True, help_text="Settings of the task type.")
    guidelines = models.TextField(
        blank=True, help_text="Markdown. What people read before they label, and with G while they do."
    )
    votes_wanted = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="How many people label each item.",
    )
    votes_most = models.PositiveSmallIntegerField(
        default=0,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="Items of which the answers are uncertain get more votes, up to so many. 0: all get as many.",
    )
    votes_budget = models.FloatField(
        default=1.5,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="Votes an item on average, where the least certain items get more.",
    )
    votes_target = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.5), MaxValueValidator(0.999)],
        help_text="Instead of a budget: items below this confidence get one more vote, such as 0.9.",
    )
    finish_begun = models.FloatField(
        default=0.5,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Where items want several votes: the share of the people who get first what others have begun, so "
        "that agreement is known early. The others begin new items.",
    )
    route_by_skill = models.BooleanField(
        default=False,
        help_text="Items that get more votes because their answers are uncertain go first to the half of the people "
        "whose answer would say most about them. Others get them when nothing else is open.",
    )
    lease_minutes = models.PositiveIntegerField(
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(60 * 24 * 7)],
        help_text="How long an item stays with a person who does not answer.",
    )
    order = models.CharField(max_length=10, choices=Order, default=Order.IMPORT)
    aggregation = models.CharField(max_length=50, choices=aggregations, default="auto")
    gold_in_consensus = models.BooleanField(
        default=False, help_text="Let the items whose right value is known teach the method how good people are."
    )
    model_vote = models.BooleanField(
        default=True,
        help_text="Weigh the model's vote in beside those of people, where cross-validation says that it helps. "
        "It never votes on an item from which it has learned.",
    )
    learning = models.BooleanField(
        default=True, help_text="Train a model on the annotations and let it order the queue."
    )
    acquisition = models.CharField(max_length=50, choices=acquisitions, default="auto")
    estimator = models.CharField(max_length=50, choices=estimators, default="auto")
    features = models.CharField(max_length=50, choices=kinds_of_features, default="text_hashing")
    retrain_every = models.PositiveIntegerField(
        default=50, help_text="Start a round after so many new annotations. 0: only by hand or on schedule."
    )
    retrain_minutes = models.PositiveIntegerField(
        default=0, help_text="Start a round every so many minutes. 0: no schedule."
    )
    explore = models.FloatField(
        default=0.1,
        validators=[MinValueValidator(0.0), MaxValueValidator(0.5)],
        help_text="Share of items served at random: the unbiased test set, on which no model trains.",
    )
    hide_external_ids = models.BooleanField(
        default=False,
        help_text="Annotators see neither an item's own name (external_id) nor its notes (meta): they may tell the "
        "right answer. An import in which folders are labels switches this on.",
    )
    hide_names = models.BooleanField(
        default=False,
        help_text="Reviewers see pseudonyms in place of people's names, so that they judge the answers alone. Managers "
        "see the names.",
    )
    annotators_add_labels = models.BooleanField(
        default=False,
        help_text="Whoever finds no label that fits adds one while labelling. It is everybody's from then on; managers "
        "rename and describe it here.",
    )
    shown_fields = models.JSONField(
        default=list,
        blank=True,
        help_text="Of a record, the fields that stand first; the others are folded. Else what of meta is shown beside.",
    )
    columns = models.JSONField(
        default=list, editable=False, help_text="[name, role] of each column of the last file with columns of its own."
    )
    show_suggestions = models.CharField(max_length=10, choices=Suggestions, default=Suggestions.HIDDEN)
    page_tiles = models.PositiveSmallIntegerField(
        default=24,
        validators=[MinValueValidator(6), MaxValueValidator(48)],
        help_text="So many items of one predicted label stand on a page that is verified at once.",
    )
    labels_version = models.PositiveIntegerField(
        default=1, editable=False, help_text="Grows when the labels' names, their order or the task type change."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(votes_wanted__gte=1, votes_wanted__lte=100), name="project_votes_wanted_1_to_100"
            ),
            models.CheckConstraint(condition=Q(explore__gte=0, explore__lte=0.5), name="project_explore_at_most_half"),
            models.CheckConstraint(
                condition=Q(finish_begun__gte=0, finish_begun__lte=1), name="project_finish_a_share"
            ),
            models.CheckConstraint(condition=Q(lease_minutes__gte=1), name="project_lease_at_least_a_minute"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/projects/{self.pk}/"

    @property
    def kind(self) -> ModuleType:
        """What the task type knows of its answers; see `projects.tasktypes`."""
        return tasktypes.registry.load(self.task_type)

    @cached_property
    def label_set(self) -> LabelSet:
        """The label set with its version, as it was when first read: cached for the life of this object."""
        while (labels := label_sets.current(self.pk)).version != self.labels_version and self.pk:
            self.refresh_from_db(fields=["task_type", "options", "labels_version"])  # the same version of all
        return labels

    @property
    def adapts_votes(self) -> bool:
        """Whether uncertain items get more votes than others."""
        return self.votes_most > self.votes_wanted

    @property
    def routes_votes(self) -> bool:
        """Whether the votes on uncertain items are left to the people whose answer would say most."""
        return self.route_by_skill and self.adapts_votes

    @property
    def test_share(self) -> float:
        """The share of the items that are served at random, without suggestions; 0 where learning is off."""
        return self.explore if self.learning else 0.0

    @property
    def label_names(self) -> list[str]:
        """The names of the label set in its order; cached with it."""
        return self.label_set.names

    @property
    def spec(self) -> Spec:
        """The set-up as the task type needs it."""
        return Spec(tuple(self.label_set.names), self.label_set.colors, self.kind.Options(**self.options))

    def read_labels_again(self) -> None:
        """After the label set or the task type was changed by somebody else."""
        vars(self).pop("label_set", None)
        self.refresh_from_db(fields=["task_type", "options", "labels_version"])

    @property
    def labels_whole_items(self) -> bool:
        """Whether an answer is labels of the item as a whole, and nothing else."""
        return bool(self.kind.learner == "choices")

    @property
    def is_multilabel(self) -> bool:
        """Whether a model's probabilities are one yes or no a label: its targets have a column for each."""
        return bool(self.kind.targets([], self.spec).ndim == 2)

    def is_value(self, value: Any) -> bool:
        """Whether it is an answer as it is stored, by present names alone."""
        try:
            self.kind.clean(value, self.spec, None)
        except ValueError:
            return False
        return True

    def clean(self) -> None:
        """Fields that a form leaves empty mean what they mean in a new project."""
        unset = Project()
        for name in ("votes_most", "votes_budget", "finish_begun"):
            if getattr(self, name) is None:
                setattr(self, name, getattr(unset, name))

    def clean_value(self, value: Any, labels_version: int | None = None, content: Content | None = None) -> Any:
        """An answer as it is stored; ValueError says what would be right. Former names of labels are understood.

        `labels_version` is that of the label set by whose names the answer was given, where this is known.
        """
        return label_sets.clean(self, value, labels_version, content)

    def role_of(self, user: User) -> Role | None:
        """The person's role here, None for an outsider. Costs a query."""
        if user.is_superuser:
            return Role.MANAGER
        role = self.memberships.filter(user=user).values_list("role", flat=True).first()
        return Role(role) if role else None
