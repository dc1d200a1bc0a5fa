"""What is set up for a module is there for each test, and no test sees what another one did."""

import pytest

from projects.models import Project
from tests import lasting

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


@pytest.fixture(scope="module")
def reviews(make_project) -> Project:
    return make_project(name="Reviews")


@pytest.mark.parametrize("name", ["first", "second"])
def test_each_test_finds_what_was_set_up_and_nothing_else(reviews, make_project, name):
    assert list(Project.objects.values_list("name", flat=True)) == ["Reviews"]
    make_project(name=name)
    Project.objects.filter(pk=reviews.pk).update(name=name)


def test_the_cast_are_members(reviews, mona, rita, ann, abe):
    assert set(reviews.memberships.values_list("user", flat=True)) == {mona.pk, rita.pk, ann.pk, abe.pk}
