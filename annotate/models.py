"""The annotations of each item, what they agree on, and what is handed out next.

The queue is kept in narrow rows apart from the wide items. Its promises are kept by the database: see the
constraints here and the two functions in `queue.sql`, which are the only ones to lease and to submit.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import LessThan

from accounts.models import User
from projects import itemtypes
from projects.models import Label, Project
from projects.tasktypes import Content


def in_order(record: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """A record with its fields in this order, which JSON in the database does not keep; any others come last."""
    return {name: record[name] for name in fields if name in record} | record


class Item(models.Model):
    """What is labelled: a text, an image or a record. `digest` tells whether a re-import changes it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="items", db_index=False)
    external_id = models.CharField(max_length=200)
    text = models.TextField(null=True, blank=True)  # noqa: DJ001  exactly one of three is not null
    image = models.CharField(max_length=200, null=True, blank=True)  # noqa: DJ001  a name in the storage
    width = models.PositiveIntegerField(null=True, blank=True, help_text="Of the picture, in pixels after rotation.")
    height = models.PositiveIntegerField(null=True, blank=True)
    data = models.JSONField(null=True, blank=True)
    fields = models.JSONField(null=True, blank=True, help_text="The fields of `data` in the order of the file.")
    meta = models.JSONField(default=dict, blank=True)
    gold = models.JSONField(null=True, blank=True, help_text="The known right value; never shown to annotators.")
    digest = models.BinaryField(max_length=16, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "external_id"], name="item_external_id_once_a_project"),
            models.CheckConstraint(
                condition=Q(text__isnull=False, image__isnull=True, data__isnull=True)
                | Q(text__isnull=True, image__isnull=False, data__isnull=True)
                | Q(text__isnull=True, image__isnull=True, data__isnull=False),
                name="item_is_text_or_image_or_data",
            ),
        ]
        indexes = [models.Index(fields=["project", "id"], name="item_project_id")]

    def __str__(self) -> str:
        return self.external_id

    @classmethod
    def from_db(cls, *args: Any, **options: Any) -> Self:
        """Fields of records in the order of the file, where both are loaded."""
        item = super().from_db(*args, **options)
        data, fields = item.__dict__.get("data"), item.__dict__.get("fields")
        if isinstance(data, dict) and fields:
            item.data = in_order(data, fields)
        return item

    @property
    def content(self) -> Content:
        """What it shows, as task types look at it."""
        size = (self.width, self.height) if self.width and self.height else None
        return Content(lambda: (self.text, size, self.data))

    @property
    def kind(self) -> str:
        """The key of its item type."""
        return itemtypes.shown_by(self).name


class QueueEntry(models.Model):
    """The item's place in the queue. `taken` = live leases + annotations, always, and never above `wanted`."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="queueentry")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    rank = models.FloatField(help_text="Smaller is sooner. Below zero: urgent, set by people.")
    wanted = models.PositiveSmallIntegerField(default=1)
    taken = models.PositiveSmallIntegerField(default=0)
    open = models.GeneratedField(
        expression=LessThan(F("taken"), F("wanted")), output_field=models.BooleanField(), db_persist=True
    )
    begun = models.GeneratedField(
        expression=models.ExpressionWrapper(Q(taken__gt=0, taken__lt=F("wanted")), models.BooleanField()),
        output_field=models.BooleanField(),
        db_persist=True,
        help_text="Open, and somebody has it or has answered it.",
    )

    class Meta:
        verbose_name_plural = "queue entries"
        constraints = [
            models.CheckConstraint(condition=Q(taken__lte=F("wanted")), name="never_more_people_than_wanted")
        ]
        indexes = [
            models.Index(fields=["project", "rank", "item"], condition=Q(open=True), name="queue_open_by_rank"),
            models.Index(fields=["project", "rank", "item"], condition=Q(begun=True), name="queue_begun_by_rank"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.taken} of {self.wanted}"


class QueueState(models.Model):
    """Which order of the learner is in force in a project."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="queue_state")
    generation = models.PositiveIntegerField(default=0)
    swept_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.project_id}: generation {self.generation}"


class Band(models.Model):
    """The top of the learner's order: the items of one generation by rank."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    generation = models.PositiveIntegerField()
    rank = models.PositiveIntegerField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "generation", "rank"], name="band_order")]

    def __str__(self) -> str:
        return f"{self.project_id} g{self.generation} #{self.rank}: {self.item_id}"


class Cursor(models.Model):
    """Up to where one annotator has been through urgent items, the band, the queue, and what others have begun."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    generation = models.IntegerField(default=-1)
    urgent_rank = models.FloatField(default=float("-inf"))
    urgent_item = models.BigIntegerField(default=0)
    band_rank = models.BigIntegerField(default=-1)
    queue_rank = models.FloatField(default=0)
    queue_item = models.BigIntegerField(default=0)
    reset_at = models.DateTimeField()
    scan_ms = models.FloatField(default=0, help_text="How long the last search from the start took.")
    begun_rank = models.FloatField(default=float("-inf"))
    begun_item = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "annotator"], name="cursor_once_an_annotator")]

    def __str__(self) -> str:
        return f"{self.annotator_id} in {self.project_id}"


class SentBack(NamedTuple):
    """Who sent an answer back, and why."""

    by: str
    reason: str

    @property
    def sentence(self) -> str:
        return f"{self.by} sent this back to you{f': “{self.reason}”' if self.reason else '. Please look again.'}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def live(self) -> Self:
        return self.filter(status=Assignment.Status.LEASED)

    def of(self, user: User) -> Self:
        """This person's own, in projects in which they still have a part."""
        return self.filter(annotator=user, project__in=Project.objects.of(user))


class Assignment(models.Model):
    """A lease of an item to an annotator. One row per pair: who gets an item again gets the same row."""

    class Status(models.TextChoices):
        LEASED = "leased"
        SUBMITTED = "submitted"
        SKIPPED = "skipped"
        RELEASED = "released"
        EXPIRED = "expired"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="assignments", db_index=False)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.LEASED)
    leased_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True, help_text="Why it was skipped.")
    suggestion_shown = models.JSONField(null=True, blank=True)
    assigned = models.BooleanField(
        default=False, db_default=False, help_text="A manager gave the item to this person: a page left keeps it."
    )

    sent_back: SentBack | None = None  # set by `leasing.held` where a reviewer sent the answer back

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "annotator"], name="assignment_once_a_pair")]
        indexes = [
            models.Index(
                fields=["project", "expires_at"], condition=Q(status="leased"), name="assignment_live_by_expiry"
            ),
            models.Index(fields=["annotator", "project", "status"], name="assignment_of_annotator"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id} → {self.annotator_id} ({self.status})"


class Annotation(models.Model):
    """What one annotator submitted about one item."""

    class Origin(models.TextChoices):
        ITEM = "item", "An item by itself"
        PAGE = "page", "A page of items of one predicted label"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="annotations", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="annotations", db_index=False)
    annotator = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="annotations", db_index=False
    )
    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="annotation")
    value = models.JSONField()
    client_key = models.UUIDField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="From the item's paint to the answer.")
    suggestion_shown = models.JSONField(
        null=True, blank=True, help_text="What the model's suggestion said, if it was shown."
    )
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.ITEM, db_default=Origin.ITEM)
    part_origins = models.JSONField(
        null=True, blank=True, help_text="Where each part comes from, in the order of their places."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "annotator"], name="annotation_once_a_pair")]
        indexes = [
            models.Index(fields=["project", "id"], name="annotation_project_id"),
            models.Index(fields=["annotator", "project", "created_at"], name="annotation_of_annotator"),
        ]

    def __str__(self) -> str:
        return f"{self.annotator_id} on {self.item_id}: {self.value}"


class AnnotationChange(models.Model):
    """The history of annotations: one row for each value that was ever given, changed, taken back or corrected."""

    class Action(models.TextChoices):
        CHANGED = "changed", "Changed"
        UNDONE = "undone", "Taken back"
        CORRECTED = "corrected", "Corrected"
        SENT_BACK = "sent_back", "Sent back"

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="changes")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    act = models.CharField(max_length=10, choices=Action)
    value = models.JSONField(help_text="The value before this act.")
    client_key = models.UUIDField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.item_id} of {self.annotator_id}: {self.act}"


class Review(models.Model):
    """A reviewer's decision about an annotation. The newest counts."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted"
        CORRECTED = "corrected"
        SENT_BACK = "sent_back", "Sent back"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="reviews")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="reviews")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    verdict = models.CharField(max_length=10, choices=Decision)
    value = models.JSONField(help_text="The value as reviewed, after a correction.")
    comment = models.TextField(blank=True)
    former = models.JSONField(null=True, help_text="The annotation before this decision, by which it is undone.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.item_id} of {self.annotator_id}: {self.verdict}"


class Comment(models.Model):
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField(max_length=2000)
    client_key = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "client_key"], name="comment_once_a_key")]
        indexes = [models.Index(fields=["-created_at"], name="comment_newest")]

    def __str__(self) -> str:
        return self.text[:50]


class Flag(models.Model):
    """Somebody wants others to look at this item."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="flags")
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "raised_by"], name="flag_once_a_pair")]

    def __str__(self) -> str:
        return f"{self.item_id} by {self.raised_by_id}"


class Consensus(models.Model):
    """The agreed value of an item, and how probable each label is. Made from the votes; can be made again any time.

    What a reviewer accepted or corrected is `settled`: it stands, whatever the votes say.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="consensus")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="consensus_rows", db_index=False)
    value = models.JSONField(null=True)
    belief = models.JSONField(default=dict, help_text="Probability of each label.")
    parts = models.JSONField(null=True, help_text="What the value is made of, with probabilities; near misses as well.")
    certainty = models.FloatField(
        default=0, help_text="Belief in the value; where several labels fit, in each of them."
    )
    dispute = models.FloatField(default=0, help_text="Chance that two of its votes, drawn with replacement, differ.")
    settled = models.BooleanField(default=False)
    votes = models.PositiveSmallIntegerField()
    human_value = models.JSONField(
        null=True, help_text="What people alone agree on, where the model's vote is in the value; else null."
    )
    human_confidence = models.FloatField(null=True, help_text="How certain that is by people's votes alone.")
    method = models.CharField(max_length=50)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "consensus"
        indexes = [
            models.Index(fields=["project", "item"], name="consensus_project_item"),
            models.Index(
                fields=["project", "certainty", "item"], condition=Q(settled=False), name="consensus_unsettled"
            ),
            models.Index(
                fields=["project", "-dispute", "item"],
                condition=Q(settled=False, dispute__gt=0),
                name="consensus_disputed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.value}"

    @property
    def is_one_vote(self) -> bool:
        """Whether a single person said so, and no reviewer: its confidence is the method's, not an observation."""
        return self.votes == 1 and not self.settled

    @property
    def has_model_vote(self) -> bool:
        """Whether a model's vote is weighed in, beside those of people."""
        return self.human_confidence is not None

    @property
    def of_people(self) -> Any:
        """The value that people agree on, without the model's vote."""
        return self.human_value if self.has_model_vote else self.value


class ModelVote(models.Model):
    """What the model says of an item that people answered, and that it has not learned from: its vote.

    Stored by rounds and kept from one to the next where a later round has none for the item. It counts in the
    consensus alone: it is no annotation, and in no count, agreement or skill of people.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="model_vote")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField(help_text="How sure it is: 0, 1 or 2; see annotate_kit/model_vote.py.")

    def __str__(self) -> str:
        return f"{self.item_id}: {self.label_id}"


class CrowdRun(models.Model):
    """The last time all votes of a project were aggregated together; between such runs items are updated one by one."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="crowd_run")
    asked = models.CharField(max_length=100, help_text="The method that the settings named, with its options.")
    method = models.CharField(max_length=50, help_text="The method that was used.")
    reason = models.CharField(max_length=500, blank=True, help_text="Why another one than asked.")
    votes = models.PositiveIntegerField()
    since = models.PositiveIntegerField(default=0, help_text="Items that were updated one by one since.")
    prior = models.JSONField(null=True, help_text="How common each label is; where several fit, each by itself.")
    model = models.JSONField(null=True, help_text="How the model's vote errs, and what it adds; null without one.")
    computed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.project_id}: {self.method} over {self.votes} votes"


class Skill(models.Model):
    """What the last run over all votes says of one annotator."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="skills", db_index=False)
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    skill = models.FloatField(help_text="Share of this person's votes that are right, as the method sees it.")
    confusion = models.JSONField(
        null=True,
        help_text="Probability of saying a label (inner) when another is true (outer); one such table a label "
        "where several fit.",
    )
    votes = models.PositiveIntegerField()
    agreement = models.FloatField(null=True, help_text="Share of the votes that say what most others say.")
    compared = models.PositiveIntegerField(default=0, help_text="Votes on items that others voted on too.")
    spam_score = models.FloatField(null=True, help_text="0: what this person says does not depend on the item.")
    entropy = models.FloatField(null=True, help_text="Of the labels this person uses; 0: always the same.")
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "annotator"], name="skill_once_an_annotator")]

    def __str__(self) -> str:
        return f"{self.annotator_id} in {self.project_id}: {self.skill:.2f}"


class ConsensusDue(models.Model):
    """Items whose votes changed since their consensus was made. Whoever reads consensus refreshes these first."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="+")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "consensus due"

    def __str__(self) -> str:
        return str(self.item_id)


class Suggestion(models.Model):
    """What a model believes about an item: ours of the last round, or one trained elsewhere."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="suggestions", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="suggestions", db_index=False)
    model = models.CharField(max_length=100)
    value = models.JSONField()
    proba = models.JSONField(null=True, help_text="Probability of each label.")
    parts = models.JSONField(null=True, help_text="What the value is made of, each part with its probability.")
    score = models.FloatField(null=True, help_text="Higher: ask sooner.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "model"], name="suggestion_once_a_model")]
        indexes = [models.Index(fields=["project", "model"], name="suggestion_of_model")]

    def __str__(self) -> str:
        return f"{self.model} on {self.item_id}: {self.value}"


class Prediction(models.Model):
    """The label that the model of the newest round believes an item to have. People who label the item don't see it.

    `verifiable` items may stand on a page of items of this predicted label. Those served at random never do.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="prediction")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+", db_index=False)
    probability = models.FloatField(help_text="Of this label, calibrated by the test items.")
    verifiable = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["label", "probability", "item"], name="prediction_by_probability"),
            models.Index(
                fields=["label", "probability", "item"], condition=Q(verifiable=True), name="prediction_verifiable"
            ),
            models.Index(fields=["project"], name="prediction_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.label_id} with {self.probability:.2f}"


class PageOffer(models.Model):
    """Items of this predicted label may be verified by the page: what the test items say about that."""

    label = models.OneToOneField(Label, on_delete=models.CASCADE, primary_key=True, related_name="page_offer")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="page_offers")
    tested = models.PositiveIntegerField(help_text="Test items that would stand on such pages.")
    wrong = models.PositiveIntegerField(help_text="Those of them that have another label.")
    expected = models.FloatField(help_text="The expected share of wrong ones on the first page.")
    caution = models.FloatField(help_text="By so much more may be wrong than expected, at 95 % confidence.")

    def __str__(self) -> str:
        return f"{self.label_id}: {self.expected:.3f} wrong"


class Page(models.Model):
    """Items of one predicted label that one person verifies together. One tile is known to be wrong.

    Who does not mark that tile did not look: the page is dropped, and nothing of it is stored.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        DROPPED = "dropped"
        RELEASED = "released"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="pages")
    annotator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    client_key = models.UUIDField(null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True, help_text="From the page's paint to its acceptance.")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["annotator", "project", "status"], name="page_of_annotator")]

    def __str__(self) -> str:
        return f"{self.pk} of {self.annotator_id}: {self.status}"


class Tile(models.Model):
    """An item on a page. The one without an assignment is known to be wrong."""

    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="tiles", db_index=False)
    place = models.PositiveSmallIntegerField()
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="tiles")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, null=True, related_name="tiles")
    probability = models.FloatField(help_text="As it is shown.")
    marked = models.BooleanField(default=False, help_text="The person said that the page's label is wrong.")
    label = models.ForeignKey(
        Label, on_delete=models.SET_NULL, null=True, related_name="+", help_text="The right one, where they said it."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["page", "place"], name="tile_once_a_place")]

    def __str__(self) -> str:
        return f"{self.page_id} #{self.place}: {self.item_id}"


class Suspect(models.Model):
    """An item whose agreed label is probably wrong, by a model that had not seen the item."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="suspect")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="suspects", db_index=False)
    rank = models.PositiveIntegerField(help_text="The most suspect has 0.")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+", help_text="What the model believes.")
    probability = models.FloatField(help_text="Of that label.")
    probability_of_given = models.FloatField(help_text="Of the label that people agree on.")
    neighbours = models.JSONField(default=list, help_text="The ids of the labelled items most like it, nearest first.")

    class Meta:
        indexes = [models.Index(fields=["project", "rank"], name="suspect_by_rank")]

    def __str__(self) -> str:
        return f"{self.item_id} #{self.rank}: {self.label_id}"


class SuspectShare(models.Model):
    """How many labels of a project are estimated to be wrong, with a 95 % interval."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="suspect_share")
    share = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    items = models.PositiveIntegerField(help_text="Labelled items that were looked at.")

    def __str__(self) -> str:
        return f"{self.project_id}: {self.share:.3f}"


class Import(models.Model):
    """One file on its way in, and what became of its rows."""

    class Status(models.TextChoices):
        CHOOSING = "choosing", "Columns to be chosen"
        QUEUED = "queued"
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="imports")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=255)
    reader = models.CharField(max_length=20)
    stored_as = models.CharField(
        max_length=200, blank=True, help_text="The uploaded file in the storage until it is read."
    )
    folders_are_labels = models.BooleanField(default=False)
    create_annotators = models.BooleanField(default=False)
    columns = models.JSONField(null=True, help_text="[name, role] of each column, chosen or guessed.")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0, help_text="How often a worker began to read it.")
    bytes_total = models.BigIntegerField(default=0)
    bytes_read = models.BigIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    annotators_created = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=list, help_text="The first thousand rejected rows: row, external_id, error.")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.status})"

    @property
    def share(self) -> float:
        """How much of the file is read, 0 to 1."""
        return min(1.0, self.bytes_read / self.bytes_total) if self.bytes_total else 0.0


class Deletion(models.Model):
    """Items that were deleted together, and can be restored for a minute; see `annotate/items/deleted.py`."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="deletions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    items = models.PositiveIntegerField()
    annotations = models.PositiveIntegerField()
    labels_version = models.PositiveIntegerField(help_text="By whose names the values are that were deleted.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.items} items of {self.project_id}"


class DeletedRow(models.Model):
    """A row of a table, as it was when its item was deleted."""

    deletion = models.ForeignKey(Deletion, on_delete=models.CASCADE, related_name="rows")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    table = models.CharField(max_length=63)
    row = models.JSONField()

    def __str__(self) -> str:
        return f"{self.table} of {self.deletion_id}"


def annotators_of(project: Project) -> models.QuerySet[User]:
    """The people who annotated in a project."""
    return User.objects.filter(pk__in=project.annotations.values("annotator").distinct())
