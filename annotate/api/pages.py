"""Verifying by the page by REST: what may be verified, a page of it, and what somebody says of the page.

A person's own pages only; others' are 404.
"""

from typing import Any

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.requests import body, person
from annotate.api import shapes
from annotate.api.rows import MAX_ID
from annotate.models import Page, Tile
from annotate.pages import accepting, offers, opening
from projects.access import project_for, projects_of
from projects.models import Project

DROPPED = OpenApiResponse(description="The page was dropped: nothing of it is stored that could be taken back.")


class PageRequest(serializers.Serializer):
    label = serializers.CharField(  # type: ignore[assignment]  # DRF has an attribute of that name
        max_length=100, default="", allow_blank=True, help_text="Its items are predicted to have it; left out, any."
    )
    tiles = serializers.IntegerField(
        allow_null=True,
        default=None,
        min_value=offers.FEWEST_TILES,
        max_value=opening.MOST_TILES,
        help_text="Left out, as many as the project's page_tiles.",
    )


class MarksField(serializers.DictField):
    child = serializers.CharField(max_length=100, allow_null=True)

    def to_internal_value(self, data: Any) -> dict[int, str | None]:
        marks = super().to_internal_value(data)
        if wrong := [place for place in marks if not place.isdecimal() or len(place) > 3]:
            raise ValidationError(f"The keys are places of tiles, such as 0; {wrong[0]!r} is none.")
        return {int(place): label or None for place, label in marks.items()}


class AnswersRequest(serializers.Serializer):
    marks = MarksField(
        help_text="The tiles that are wrong: {place: the right label, or null where you don't say which it is}. All "
        "others get the page's label."
    )
    client_key = serializers.UUIDField(allow_null=True, default=None, help_text="Made by the client once a page.")
    seconds = serializers.FloatField(allow_null=True, default=None, min_value=0, help_text="From paint to answer.")
    labels_version = serializers.IntegerField(allow_null=True, default=None, min_value=1, max_value=2**31 - 1)


class TileShape(serializers.Serializer):
    place = serializers.IntegerField()
    item = shapes.ContentShape()
    probability = serializers.FloatField()
    marked = serializers.BooleanField(help_text="Before the page was taken back, or on the one that was dropped.")
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]


class PageShape(serializers.Serializer):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Page.Status.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    caution = serializers.FloatField(help_text="By so much more may be wrong than the probabilities say.")
    second_look_of = serializers.IntegerField(
        allow_null=True, help_text="The dropped page whose items and marks these are, in another order."
    )
    tiles = TileShape(many=True)


class OutcomeShape(serializers.Serializer):
    status = serializers.ChoiceField(
        choices=["accepted", "dropped"],
        help_text="Dropped where the known wrong tile was not marked: nothing is stored.",
    )
    stored = serializers.IntegerField(help_text="Annotations, with the origin `page`.")
    returned = serializers.IntegerField(help_text="Items that went back to the queue.")
    known_wrong = serializers.IntegerField(
        allow_null=True,
        help_text="The place of the tile that was known to be wrong; null where I may look at the items once more, and "
        "where that item was deleted meanwhile.",
    )
    second_look = PageShape(
        allow_null=True,
        help_text="Of a page that is dropped for the first time, until it is finished: its items as a new page, leased "
        "to me, with my marks and another tile that is known to be wrong.",
    )


class OfferShape(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]
    items = serializers.IntegerField(help_text="Open items that I may verify; counted up to 10,001.")
    expected = serializers.FloatField(help_text="The expected share of wrong ones on a page.")
    tested = serializers.IntegerField(help_text="Test items that would stand on such pages.")
    wrong = serializers.IntegerField(help_text="Those of them that have another label.")


class PagesShape(serializers.Serializer):
    offers = OfferShape(many=True)
    pages = serializers.IntegerField(help_text="So many I have finished.")
    dropped = serializers.IntegerField(help_text="So many of these were dropped.")


class OpenedShape(serializers.Serializer):
    page = PageShape(allow_null=True, help_text="null when there is none to verify.")
    offers = OfferShape(many=True)


class PagesView(APIView):
    @extend_schema(responses=PagesShape)
    def get(self, request: Request, project_id: int) -> Response:
        """The predicted labels whose items I may verify by the page, and how attentive I was."""
        project = project_for(request.user, project_id)
        attention = offers.attention(project, person(request))
        return Response({"offers": offered(project, person(request)), **attention._asdict()})

    @extend_schema(request=PageRequest, responses=OpenedShape)
    def post(self, request: Request, project_id: int) -> Response:
        """Lease surer and less sure items of a predicted label as a page. One of its tiles is known to be wrong."""
        project = project_for(request.user, project_id)
        page = opening.open_page(project, person(request), **body(PageRequest, request))
        return Response({"page": page and shape(page), "offers": offered(project, person(request))})


class PageView(APIView):
    @extend_schema(responses=PageShape)
    def get(self, request: Request, page_id: int) -> Response:
        """A page of mine."""
        return Response(shape(_own(request, page_id)))

    @extend_schema(request=None, responses=PageShape)
    def patch(self, request: Request, page_id: int) -> Response:
        """Renew its leases: their time starts again."""
        return Response(shape(opening.renew(_own(request, page_id))))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, page_id: int) -> Response:
        """Release its leases: the items go to whoever asks next. A page that comes late is kept nevertheless."""
        opening.release(_own(request, page_id))
        return Response(status=204)


class PageAnswersView(APIView):
    @extend_schema(request=AnswersRequest, responses=OutcomeShape)
    def put(self, request: Request, page_id: int) -> Response:
        """Accept the page but for what is marked. Sent twice it is stored once."""
        page, answers = _own(request, page_id), body(AnswersRequest, request)
        try:
            outcome = accepting.accept(
                page, answers["marks"], answers["client_key"], answers["seconds"], answers["labels_version"]
            )
        except ValueError as error:
            raise ValidationError({"marks": [str(error)]}) from error
        return Response(_outcome(outcome))

    @extend_schema(responses={200: PageShape, 409: DROPPED})
    def delete(self, request: Request, page_id: int) -> Response:
        """Take the page back: its items are leased to me again, its marks stay on it."""
        try:
            return Response(shape(accepting.undo(_own(request, page_id))))
        except accepting.Finished as error:
            return Response({"detail": str(error)}, status=409)


def shape(page: Page) -> dict[str, Any]:
    offer = page.project.page_offers.filter(label=page.label_id).first()
    return {
        "id": page.pk,
        "status": page.status,
        "label": page.label.name,
        "caution": offer.caution if offer else 1.0,
        "second_look_of": page.second_look_of_id,
        "tiles": [_tile(tile) for tile in opening.tiles_of(page)],
    }


def _tile(tile: Tile) -> dict[str, Any]:
    """External ids are never sent: they may tell which tile is the known wrong one."""
    return {
        "place": tile.place,
        "item": shapes.content(tile.item, hidden=True),
        "probability": round(tile.probability, 4),
        "marked": tile.marked,
        "label": tile.label and tile.label.name,
    }


def _outcome(outcome: accepting.Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "stored": outcome.stored,
        "returned": outcome.returned,
        "known_wrong": outcome.known_wrong,
        "second_look": outcome.second_look and shape(outcome.second_look),
    }


def offered(project: Project, annotator: User) -> list[dict[str, Any]]:
    names = ("label", "items", "expected", "tested", "wrong")
    return [{name: getattr(offer, name) for name in names} for offer in offers.offered(project, annotator)]


def _own(request: Request, page_id: int) -> Page:
    mine = Page.objects.filter(annotator=person(request), project__in=projects_of(request.user))
    page = mine.select_related("project", "label").filter(pk=min(page_id, MAX_ID)).first()
    if page is None:
        raise Http404("There is no such page of yours.")
    return page


urlpatterns = [
    path("projects/<int:project_id>/pages/", PagesView.as_view(), name="api-pages"),
    path("pages/<int:page_id>/", PageView.as_view(), name="api-page"),
    path("pages/<int:page_id>/answers/", PageAnswersView.as_view(), name="api-page-answers"),
]
