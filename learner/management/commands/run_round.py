"""Run a round of a project: train, evaluate, score, publish the new order."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from learner import rounds
from learner.models import Round
from projects.models import Project


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="Its number or its name.")
        parser.add_argument("--queue", action="store_true", help="Leave the work to the worker and return at once.")

        parser.add_argument(
            "--repeat", type=int, metavar="ROUND", help="Run this round again from its record, and say what comes out."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        project = _project(options["project"])
        if options["repeat"] is not None:
            self._repeat(project, options["repeat"])
            return
        if options["queue"]:
            queued = rounds.ask(project, Round.Trigger.CLICK)
            self.stdout.write(f"Round {queued.pk} of {project} is {queued.status}.")
            return
        begun, _ = rounds.begin(project, Round.Trigger.CLICK)
        done = rounds.run(begun, rounds.observer(begun))
        if done.is_unfinished:
            raise CommandError(f"Round {done.pk} of {project} is running elsewhere.")
        self._tell(done)

    def _repeat(self, project: Project, round_id: int) -> None:
        earlier = project.rounds.filter(pk=round_id).first()
        if earlier is None:
            raise CommandError(f"{project} has no round {round_id}; it has {_newest(project)}")
        try:
            repetition = rounds.repeat(earlier)
        except rounds.NotRepeatable as error:
            raise CommandError(f"Round {round_id} cannot be run again: {error}.") from error
        for name, then, now in repetition.differences:
            self.stdout.write(f"{name}: {then} then, {now} now")
        if not repetition.is_same:
            raise CommandError(f"Round {round_id}: another order.")
        self.stdout.write(f"Round {round_id}: the same order of {repetition.n_items} items.")

    def _tell(self, done: Round) -> None:
        for phase, seconds in done.timed:
            self.stdout.write(f"{phase:12} {seconds:8.3f} s")
        if done.status == Round.Status.FAILED:
            raise CommandError(f"Round {done.pk} failed: {done.reason}.")
        if done.reason:
            self.stdout.write(f"Round {done.pk} published nothing: it {done.reason}.")
            return
        self.stdout.write(
            f"Round {done.pk}: {done.n_labels} labels, {done.n_pool} items scored, order {done.generation} published "
            f"in {done.seconds or 0:.2f} s."
        )
        if done.score is not None:
            self.stdout.write(
                f"Score {done.score:.3f} ({done.score_low:.3f} to {done.score_high:.3f}, on {done.n_test} items served "
                "at random)"
            )
        if done.cv_score is not None:
            self.stdout.write(f"Cross-validated {done.cv_score:.3f} (on {done.n_train} items)")


def _newest(project: Project) -> str:
    return ", ".join(map(str, project.rounds.order_by("-id").values_list("pk", flat=True)[:20])) or "none"


def _project(name: str) -> Project:
    projects = Project.objects.filter(pk=name) if name.isdigit() else Project.objects.filter(name=name)
    if not projects:
        projects = Project.objects.filter(name=name)
    if len(projects) == 1:
        return projects[0]
    existing = ", ".join(f"{project.pk} {project}" for project in Project.objects.order_by("pk")[:20])
    raise CommandError(
        f"{'Several projects are' if projects else 'There is no project'} named {name!r}; take the number: {existing}"
    )
