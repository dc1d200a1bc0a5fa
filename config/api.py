"""The REST interface: /api/."""

from functools import cache
from typing import Any

from django.conf import settings
from django.urls import include, path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response

from core.rest import errors


class MadeOnce(SchemaGenerator):
    """The same for everybody, so it is made once a process: that takes half a second."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        return _schema()


@cache
def _schema() -> Any:
    return SchemaGenerator().get_schema(request=None, public=True)


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, which styles itself as it goes: inline styles are allowed on this page alone, scripts never."""

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().get(request, *args, **kwargs)
        policy = {**settings.SECURE_CSP, "style-src": ["'self'", "'unsafe-inline'"]}
        response["Content-Security-Policy"] = "; ".join(f"{name} {' '.join(of)}" for name, of in policy.items())
        return response


urlpatterns = [
    path("", include("accounts.api")),
    path("", include("projects.api")),
    path("", include("annotate.api")),
    path("", include("learner.api")),
    path("schema/", SpectacularAPIView.as_view(generator_class=MadeOnce), name="api-schema"),
    path("docs/", DocsView.as_view(url_name="api-schema", title="Annotate: REST"), name="api-docs"),
    path("<path:rest>", errors.nowhere),
]
