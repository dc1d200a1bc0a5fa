"""What the answers to each item say together, and what that says of the people."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from annotate.models.items import Item
from projects.models import Label, Project


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
        """Whether a single person said so, and no reviewer: it is as probable as they are right elsewhere."""
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


class MachineVote(models.Model):
    """What a machine member says of an item: a label, and how sure it is. Weighed in the consensus, counted nowhere."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="machine_votes", db_index=False)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+", db_index=False)
    machine = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField(help_text="How sure it is: 0, 1 or 2; see annotate_kit/model_vote.py.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "machine"], name="machine_vote_once_a_pair")]
        indexes = [
            models.Index(fields=["project", "machine"], name="machine_vote_of_project"),
            models.Index(fields=["machine"], name="machine_vote_of_machine"),
        ]

    def __str__(self) -> str:
        return f"{self.machine_id} on {self.item_id}: {self.label_id}"


class CrowdRun(models.Model):
    """The last time all votes of a project were aggregated together; between such runs items are updated one by one."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, primary_key=True, related_name="crowd_run")
    requested_method = models.CharField(
        max_length=100, db_column="asked", help_text="The method that the settings named, with its options."
    )
    method = models.CharField(max_length=50, help_text="The method that was used.")
    reason = models.CharField(max_length=500, blank=True, help_text="Why another one than requested.")
    votes = models.PositiveIntegerField()
    since = models.PositiveIntegerField(default=0, help_text="Items that were updated one by one since.")
    prior = models.JSONField(null=True, help_text="How common each label is; where several fit, each by itself.")
    model = models.JSONField(null=True, help_text="How the model's vote errs, and what it adds; null without one.")
    same_errors = models.JSONField(
        default=list, help_text="Pairs of people who make the same errors: [annotator, annotator, share of votes]."
    )
    machines = models.JSONField(default=dict, help_text="The same of each machine member's votes, by the member's id.")
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
