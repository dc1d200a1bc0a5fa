"""Comments on items, and flags that ask others to look, by REST."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import body, person
from annotate import inbox, pseudonyms
from annotate.api.items import item_for
from annotate.models import Comment


class CommentShape(serializers.ModelSerializer):
    author = serializers.CharField(source="author.username")

    class Meta:
        model = Comment
        fields = ["id", "author", "text", "created_at"]


class CommentRequest(serializers.Serializer):
    text = serializers.CharField(max_length=2000)
    client_key = serializers.UUIDField(
        allow_null=True, default=None, help_text="Made by the client once a comment: sent twice, it is stored once."
    )


@extend_schema_view(get=extend_schema(description="What was said about an item, oldest first."))
class CommentsView(ListAPIView):
    serializer_class = CommentShape

    def get_queryset(self) -> QuerySet[Comment]:
        return item_for(self.request.user, self.kwargs["item_id"]).comments.select_related("author")

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        project = item_for(self.request.user, self.kwargs["item_id"]).project
        pseudonyms.hide(project, person(self.request), [row.author for row in page or []])
        return page

    @extend_schema(request=CommentRequest, responses={200: CommentShape, 201: CommentShape})
    def post(self, request: Request, item_id: int) -> Response:
        """Say something about an item to the others of the project; 200 when this `client_key` is stored already."""
        item, author = item_for(request.user, item_id), person(request)
        values = body(CommentRequest, request)
        if values["client_key"] is None:
            comment, new = item.comments.create(author=author, **values), True
        else:
            comment, new = Comment.objects.get_or_create(
                author=author, client_key=values["client_key"], defaults={"item": item, "text": values["text"]}
            )
        return Response(CommentShape(comment).data, status=201 if new else 200)


class FlagView(APIView):
    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, item_id: int) -> Response:
        """Flag an item, so that a reviewer looks at it."""
        item_for(request.user, item_id).flags.get_or_create(raised_by=person(request))
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, item_id: int) -> Response:
        """Take my flag back."""
        item_for(request.user, item_id).flags.filter(raised_by=person(request)).delete()
        return Response(status=204)


class ReturnedShape(serializers.Serializer):
    assignment = serializers.IntegerField(source="assignment.pk")
    item = serializers.IntegerField(source="assignment.item_id")
    project = serializers.IntegerField(source="assignment.project_id")
    by = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class InboxCommentShape(CommentShape):
    project = serializers.IntegerField(source="item.project_id")

    class Meta(CommentShape.Meta):
        fields = [*CommentShape.Meta.fields, "item", "project"]


class InboxShape(serializers.Serializer):
    new = serializers.IntegerField(help_text="Comments after `read_at`.")
    read_at = serializers.DateTimeField(allow_null=True)
    returned = ReturnedShape(many=True, help_text="My answers that were sent back and wait for an answer.")
    comments = InboxCommentShape(many=True, help_text="Of others on items that concern me; the newest first.")


class InboxView(APIView):
    @extend_schema(responses=InboxShape)
    def get(self, request: Request) -> Response:
        """What others have to say to me: answers that were sent back, and comments of the last sixty days."""
        return Response(InboxShape(inbox.of(person(request))).data)

    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request) -> Response:
        """Mark all comments as read."""
        inbox.mark_read(person(request))
        return Response(status=204)


urlpatterns = [
    path("inbox/", InboxView.as_view(), name="api-inbox"),
    path("items/<int:item_id>/comments/", CommentsView.as_view(), name="api-comments"),
    path("items/<int:item_id>/flag/", FlagView.as_view(), name="api-flag"),
]
