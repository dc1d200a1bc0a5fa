"""What is deleted while a request is under way is not found; a fault of our own is not hidden."""

import pytest
from django.db import IntegrityError, connection
from django.test import RequestFactory
from django.urls import resolve

from core.middleware.deleted_rows import DeletedRowMiddleware
from projects.models import Label, Membership, Project


def answer_to(address: str, error: Exception):
    request = RequestFactory().get(address)
    request.resolver_match = resolve(address)
    return DeletedRowMiddleware(lambda request: None).process_exception(request, error)


@pytest.mark.django_db
def test_a_row_that_the_address_names_and_that_is_deleted_is_not_found(reviews):
    address = f"/api/projects/{reviews.pk}/progress/"
    reviews.delete()
    assert answer_to(address, Project.DoesNotExist()).status_code == 404
    assert answer_to(address, Label.DoesNotExist()).status_code == 404  # it went with the project


def test_a_missing_row_that_the_address_does_not_name_is_a_fault_of_ours(reviews):
    assert answer_to(f"/api/projects/{reviews.pk}/progress/", Label.DoesNotExist()) is None


def test_a_missing_row_where_the_address_names_none_is_a_fault_of_ours(db):
    assert answer_to("/api/projects/", Project.DoesNotExist()) is None


def test_a_new_row_of_a_deleted_project_is_not_found(reviews, otto):
    address = f"/api/projects/{reviews.pk}/members/"
    error = integrity_error(lambda: Membership.objects.create(project_id=0, user=otto))
    assert answer_to(address, error).status_code == 404


def test_deleting_what_others_refer_to_is_a_fault_of_ours(reviews):
    def delete_project_alone():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM projects_project WHERE id = %s", [reviews.pk])

    assert answer_to(f"/api/projects/{reviews.pk}/", integrity_error(delete_project_alone)) is None


def integrity_error(statement) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught, connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        statement()
    return caught.value
