"""The picture of an item, for its project's members alone."""

from hashlib import blake2b
from pathlib import PurePath

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.authentication import login_or_token_required
from annotate.models import Item
from projects.access import projects_of

PICTURES = {f".{kind}": f"image/{kind}" for kind in ("png", "jpeg", "gif", "webp", "bmp", "tiff")}
PICTURES |= {".jpg": "image/jpeg", ".tif": "image/tiff"}


@require_safe
@login_or_token_required
def item_image(request: HttpRequest, item_id: int) -> HttpResponseBase:
    """Never as HTML: the type is that of a picture, browsers may not guess another, and what it is runs nothing."""
    item = get_object_or_404(Item, pk=item_id, image__isnull=False, project__in=projects_of(request.user))
    assert item.image is not None
    tag = f'"{blake2b(item.image.encode() + bytes(item.digest), digest_size=12).hexdigest()}"'
    response = get_conditional_response(request, etag=tag) or _file(item.image)
    response["ETag"] = tag
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _file(name: str) -> FileResponse:
    try:
        picture = default_storage.open(name)
    except FileNotFoundError:
        raise Http404("The file of this picture is not in the storage any more.") from None
    kind = PICTURES.get(PurePath(name).suffix.lower(), "application/octet-stream")
    return FileResponse(picture, content_type=kind)
