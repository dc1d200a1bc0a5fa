"""People change the queue from many sides at once, and nobody is told that something went wrong."""

import random
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

import pytest
from django.core.management import call_command

from accounts.models import User
from annotate import consensus
from annotate.imports.run import import_records
from annotate.models import Annotation, Assignment
from annotate.queue import ordering
from annotate.queue.leasing import lease, release_all
from annotate.queue.ordering import Priority
from annotate.queue.submitting import Reviewed, submit, undo
from annotate.reviews import AnswerWithdrawn, accept, correct, send_back
from annotate_kit.formats.records import Record
from projects import members, setup
from projects.labels.rows import LabelRow
from projects.models import Membership, Project
from tests.conftest import add_texts
from tests.threads import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


def test_votes_wanted_change_while_members_with_leases_leave(make_project, mona, ann, abe):
    project = make_project(votes_wanted=3)
    add_texts(project, [f"text {number}" for number in range(300)])

    def change_votes() -> None:
        for n in range(25):
            setup.change(Project.objects.get(pk=project.pk), mona, {"votes_wanted": 3 + n % 2})

    def come_and_go() -> None:
        for _ in range(25):
            lease(project, ann, 100)
            members.remove(Membership.objects.get(project=project, user=ann), by=mona)
            members.add(project, ann, "annotator", by=mona)

    assert at_once(change_votes, come_and_go) == []


EXPECTED = (AnswerWithdrawn, Reviewed, Assignment.DoesNotExist, Annotation.DoesNotExist)  # somebody else was first


class Everybody:
    """What the people of a project do, each again and again with a choice of their own."""

    def __init__(self, project: Project, rounds: int) -> None:
        self.pk, self.rounds = project.pk, rounds

    @property
    def project(self) -> Project:
        return Project.objects.get(pk=self.pk)

    def again(self, function: Callable[[random.Random], None], seed: int) -> Callable[[], None]:
        def run() -> None:
            choose = random.Random(seed)
            for _ in range(self.rounds):
                with suppress(*EXPECTED):
                    function(choose)

        return run

    def labels(self, user: User) -> Callable[[random.Random], None]:
        def label(choose: random.Random) -> None:
            name = choose.choice(self.project.label_names)
            for assignment in lease(self.project, user, choose.randint(1, 4)):
                submit(assignment, name, uuid4())
                if choose.random() < 0.3:
                    undo(assignment)
                elif choose.random() < 0.3:
                    submit(assignment, name, uuid4())
            release_all(self.project.assignments.live().filter(annotator=user))

        return label

    def reviews(self, user: User) -> Callable[[random.Random], None]:
        def review(choose: random.Random) -> None:
            item = self.project.items.order_by("?").first()
            answers = list(item.annotations.select_related("project", "item"))
            if answers:
                choose.choice([accept, send_back, lambda rows, by: correct(rows, by, rows[0].value)])(answers, user)

        return review

    def set_up(self, user: User) -> Callable[[random.Random], None]:
        def change(choose: random.Random) -> None:
            labels = self.project.labels.all()
            rows = [LabelRow(f"{label.name.split()[0]} {choose.random()}", id=label.pk) for label in labels]
            fields = {"votes_wanted": choose.randint(1, 4), "order": choose.choice(["import", "shuffled"])}
            setup.change(self.project, user, fields, choose.choice([rows, rows[::-1], None]))

        return change

    def come_and_go(self, manager: User, user: User) -> Callable[[random.Random], None]:
        def leave_and_join(choose: random.Random) -> None:
            lease(self.project, user, 20)
            members.remove(Membership.objects.get(project=self.pk, user=user), by=manager)
            members.add(self.project, user, "annotator", by=manager)

        return leave_and_join

    def orders(self) -> Callable[[random.Random], None]:
        def order(choose: random.Random) -> None:
            items = list(self.project.items.values_list("pk", flat=True))
            choose.shuffle(items)
            ordering.set_urgent(self.project, [Priority(pk, 1.0, choose.randint(1, 3)) for pk in items[:30]])
            ordering.clear_urgent(self.project, items[:30])
            ordering.publish(self.project, items)

        return order

    def imports(self) -> Callable[[random.Random], None]:
        def send(choose: random.Random) -> None:
            name = self.project.label_names[0]
            annotations = [{"annotator": "rita", "value": name}]
            records = [
                Record(n, f"item-{n}", f"text {choose.random()}", gold=name, annotations=annotations)
                for n in choose.sample(range(1, 61), 20)
            ]
            assert not import_records(self.project, records).rejected

        return send

    def agrees(self) -> Callable[[random.Random], None]:
        def agree(choose: random.Random) -> None:
            consensus.fresh(self.project)

        return agree


def test_everybody_does_everything_at_once(make_project, mona, rita, ann, abe, otto):
    project = make_project(votes_wanted=3)
    add_texts(project, [f"text {number}" for number in range(60)])
    Membership.objects.create(project=project, user=otto)
    everybody = Everybody(project, 15)
    actions = [
        everybody.labels(ann),
        everybody.labels(ann),
        everybody.labels(abe),
        everybody.reviews(rita),
        everybody.set_up(mona),
        everybody.set_up(mona),
        everybody.come_and_go(mona, otto),
        everybody.orders(),
        everybody.imports(),
        everybody.agrees(),
    ]
    assert at_once(*(everybody.again(action, seed) for seed, action in enumerate(actions))) == []
    consensus.fresh(everybody.project)
    call_command("check_queue")
