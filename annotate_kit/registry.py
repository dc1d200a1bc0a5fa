"""A folder is a registry: each module or package in it is an entry, the file name is its key.

The first line of a module's docstring is its name for people. Nothing is imported until an entry is
loaded, so heavy imports cost only those who use them, and a new entry is a new file and no migration.
"""

import importlib.util
import pkgutil
import re
from functools import cached_property
from pathlib import Path
from types import ModuleType

# Not by `ast`: in Python 3.11, threads that parse at once disturb each other (SystemError: recursion depth mismatch).
_SKIPPED = re.compile(r"\s*(#.*)?$")
_DOCSTRING = re.compile(r'r?"""(.+?)("""|$)')
_WHOLE_DOCSTRING = re.compile(r'(?:\s*#.*\n|\s)*r?"""(.+?)"""', re.DOTALL)
_SENTENCE_END = re.compile(r"(?<=\.)\s")


class Registry:
    def __init__(self, package: str) -> None:
        self.package = package

    @cached_property
    def names(self) -> list[str]:
        """The keys, sorted. Modules whose name starts with an underscore are not entries."""
        return sorted(
            module.name for module in pkgutil.iter_modules([str(self._folder)]) if not module.name.startswith("_")
        )

    def title(self, name: str) -> str:
        """The entry's name for people: its docstring's first line, read without importing it."""
        self._check(name)
        with self._file(name).open(encoding="utf-8") as source:
            first_line = next((line for line in source if not _SKIPPED.match(line)), "")
        docstring = _DOCSTRING.match(first_line)
        return docstring[1].strip().rstrip(".") if docstring else name

    def about(self, name: str) -> str:
        """What the entry does: the first sentence of its docstring's second paragraph, read without importing it."""
        self._check(name)
        docstring = _WHOLE_DOCSTRING.match(self._file(name).read_text(encoding="utf-8"))
        _, _, text = docstring[1].partition("\n\n") if docstring else ("", "", "")
        paragraph = " ".join(text.partition("\n\n")[0].split())
        return _SENTENCE_END.split(paragraph, maxsplit=1)[0]

    def choices(self) -> list[tuple[str, str]]:
        """(key, name for people) of every entry, as Django's `choices` wants them."""
        return [(name, self.title(name)) for name in self.names]

    def load(self, name: str) -> ModuleType:
        """Import and return an entry. KeyError, naming the known ones, when there is none of that name."""
        self._check(name)
        return importlib.import_module(f"{self.package}.{name}")

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def _file(self, name: str) -> Path:
        """The module, or, where the entry is a package, the one that makes it so."""
        module = self._folder / f"{name}.py"
        return module if module.is_file() else self._folder / name / "__init__.py"

    def _check(self, name: str) -> None:
        if name not in self.names:
            raise KeyError(f"{self.package} has no {name!r}; it has {', '.join(self.names)}")

    @cached_property
    def _folder(self) -> Path:
        """The folder that the package's `__init__.py` stands in."""
        spec = importlib.util.find_spec(self.package)
        assert spec and spec.origin, f"{self.package} needs an __init__.py"
        return Path(spec.origin).parent
