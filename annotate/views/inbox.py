"""What others have to say to me."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.requests import person
from annotate import inbox


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """A POST marks the comments as read."""
    me = person(request)
    if request.method == "POST":
        inbox.mark_read(me)
        return redirect("inbox")
    mine = inbox.of(me)
    comments = [(comment, mine.is_new(comment)) for comment in mine.comments]
    return render(request, "annotate/inbox.html", {"inbox": mine, "comments": comments})
