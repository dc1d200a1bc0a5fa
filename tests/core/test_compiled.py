"""A queryset that is compiled once asks with the numbers of each call."""

import pytest

from accounts.models import User
from core.postgres.compiled import CompiledQuery, loaded
from projects.models import Project


def test_it_gives_the_row_that_each_call_names(ann, abe):
    name_of = CompiledQuery(lambda user: User.objects.filter(pk=user).values_list("username"), numbers=1)
    assert [name_of.first(ann.pk), name_of.first(abe.pk), name_of.first(0)] == [("ann",), ("abe",), None]


def test_numbers_are_taken_in_their_order(ann, abe):
    between = CompiledQuery(
        lambda most, least: User.objects.filter(pk__gte=least, pk__lte=most).order_by("pk").values_list("username"),
        numbers=2,
    )
    assert between.first(abe.pk, abe.pk) == ("abe",)
    assert between.first(ann.pk, abe.pk) == (None if ann.pk < abe.pk else ("abe",))


def test_a_number_that_the_query_does_not_use_is_an_error(db):
    with pytest.raises(ValueError, match="1 of the numbers are not in the conditions"):
        CompiledQuery(lambda user: User.objects.values_list("pk"), numbers=1).first(3)


def test_a_row_is_loaded_as_the_orm_loads_it(make_project):
    project = make_project(options={"least": 1}, shown_fields=["a", "b"], votes_target=0.9)
    columns = [field.attname for field in Project._meta.concrete_fields]
    row = CompiledQuery(lambda pk: Project.objects.filter(pk=pk).values_list(*columns), numbers=1).first(project.pk)
    stored = Project.objects.get(pk=project.pk)
    copy = loaded(Project, row)
    assert {name: getattr(copy, name) for name in columns} == {name: getattr(stored, name) for name in columns}
    assert copy._state.adding is False
