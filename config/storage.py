"""Static files: hashed names, JavaScript modules included, compressed but for other people's API pages."""

from collections.abc import Iterator
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Leave out htmx's extensions: nothing here uses them, and a comment in one looks like an import."""
        used = {path: source for path, source in paths.items() if not path.startswith("django_htmx/ext/")}
        yield from super().post_process(used, dry_run, **options)

    def compress_files(self, paths: Any) -> Iterator[tuple[str, str]]:
        """Leave the 10 MB of the API documentation's viewer uncompressed: they would take most of the start."""
        yield from super().compress_files(path for path in paths if not path.startswith("drf_spectacular_sidecar/"))
