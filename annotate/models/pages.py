"""Items of one predicted label that a person verifies together."""

from django.conf import settings
from django.db import models

from annotate.models.items import Item
from annotate.models.queue import Assignment
from projects.models import Label, Project


class PageOffer(models.Model):
    """Items of this predicted label may be verified by the page: what answers say about that."""

    label = models.OneToOneField(Label, on_delete=models.CASCADE, primary_key=True, related_name="page_offer")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="page_offers")
    tested = models.PositiveIntegerField(help_text="Test items that would stand on such pages.")
    wrong = models.PositiveIntegerField(help_text="Those of them that have another label.")
    expected = models.FloatField(help_text="The expected share of wrong ones on a page.")
    caution = models.FloatField(help_text="By so much more may be wrong than expected, at 95 % confidence.")

    def __str__(self) -> str:
        return f"{self.label_id}: {self.expected:.3f} wrong"


class Page(models.Model):
    """Items of one predicted label that one person verifies together. One tile is known to be wrong.

    Who does not mark that tile did not look: the page is dropped, and nothing of it is stored. They look once more at
    its items, on a page of their own.
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
    second_look_of = models.OneToOneField(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="second_look",
        help_text="The dropped page whose items these are.",
    )

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
