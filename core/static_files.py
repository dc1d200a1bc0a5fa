"""Static files: hashed names, JavaScript modules included, compressed; what nobody asks for is left as it is."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import get_finders
from django.core.files.base import ContentFile
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage

API_PAGES = "drf_spectacular_sidecar/"  # 10 MB of viewers of the API's documentation: they would take most of a start
UNUSED = ("django_htmx/ext/", "django_htmx/htmax", "django_htmx/htmx-4", "rest_framework/")
RARE = ("admin/js/", "admin/img/")  # compressing these takes longer than it will ever save
OUR_SCRIPTS = "annotate/"  # a third of their bytes are types and reasons, which only we read
WHITESPACE = re.compile(rb"^\s+", re.MULTILINE)  # before code, blank lines included
TYPE = re.compile(rb"/\*\* @type (?:(?!\*/).)*\*/ ?")  # within a line of code
REASON = re.compile(rb"(?<=[;,{}]) // [^\"'`\n]*$", re.MULTILINE)  # behind a line of code; no string can hold it
COMMENT = re.compile(rb"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/[ \t]*|//[^\n]*)\n", re.MULTILINE | re.DOTALL)


class StaticStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True

    def _save(self, name: str, content: Any) -> str:
        if name.startswith(OUR_SCRIPTS) and name.endswith(".js"):
            content = ContentFile(_without_comments(b"".join(content.chunks())))
        return super()._save(name, content)

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Hash what was collected, so that types in comments, which may go in circles, are no imports any more."""
        own_paths = {path: (self, path) for path in paths if not path.startswith((API_PAGES, *UNUSED))}
        yield from super().post_process(own_paths, dry_run, **options)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        yield from super().compress_files([path for path in paths if not path.startswith(RARE)])

    def stored_name(self, name: str) -> str:
        return name if name.startswith(API_PAGES) else super().stored_name(name)


def _without_comments(script: bytes) -> bytes:
    for comment in (COMMENT, TYPE, REASON, WHITESPACE):
        script = comment.sub(b"", script)
    return script


def collect(folder: Path) -> None:
    """Collect the static files, unless the folder holds what was collected from the very same ones."""
    note = folder / "collected-from.txt"
    sources = _fingerprint()
    if note.exists() and note.read_text(encoding="utf-8") == sources:
        return
    call_command("collectstatic", verbosity=0, interactive=False)
    note.write_text(sources, encoding="utf-8")


def _fingerprint() -> str:
    """Changes when a static file does: names, sizes and times of all of them, and this module."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(json.dumps([name, status.st_size, status.st_mtime_ns]).encode())
    return digest.hexdigest()
