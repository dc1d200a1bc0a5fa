"""What models say of items."""

from django.db import models
from django.db.models import Q

from annotate.models.items import Item
from projects.models import Label, Project


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

    `verifiable` items may stand on a page of items of this predicted label. Those served at random never do. Pages
    take them by `place`.
    """

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="prediction")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+", db_index=False)
    probability = models.FloatField(help_text="Of this label, calibrated by answers that no model had seen.")
    verifiable = models.BooleanField(default=False)
    place = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Among the verifiable ones of this label: a run of them is of all degrees."
    )

    class Meta:
        indexes = [
            models.Index(fields=["label", "probability", "item"], name="prediction_by_probability"),
            models.Index(fields=["label", "place", "item"], condition=Q(verifiable=True), name="prediction_by_place"),
            models.Index(fields=["project"], name="prediction_of_project"),
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.label_id} with {self.probability:.2f}"


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
