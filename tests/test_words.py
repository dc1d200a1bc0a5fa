"""The words of the field (see CONTRIBUTING): names that were given up do not come back.

A name of data says what it holds: `votes` or `form_data`, not `said`. A concept has the name that Django, PostgreSQL
and machine learning give it: an action, an interface, a reaper. A failure names file, line, name and standard word.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Names that say nothing of what they hold. They are refused as the whole name of a variable, argument or function.
EMPTY_NAMES = {
    "said": "what it holds: votes, value, answer, message",
    "asked": "what it holds: requested_method, questions, form_data",
    "told": "what it holds: message, summary, parameters",
    "kept": "what it holds: rows, mask, indices, selected",
    "found": "what it holds: match, rows, problems, result",
    "given": "what it holds: values, options, labels, arguments",
    "gone": "deleted",
    "made": "what it holds: created, new_round",
    "left": "remaining (a side only beside right or top)",
    "one": "what it is: row, item, annotator, record",
    "heard": "what it holds: voted",
    "meant": "what it holds: intended_label",
    "wished": "what it holds: requested",
    "ours": "what it holds: own_rows",
    "theirs": "what it holds: other_rows",
}

# Of these also the keys of what is handed on: "said" in a dictionary, an alias of SQL, a class of a style sheet.
EMPTY_KEYS = ("said", "asked", "told", "kept", "gone", "heard", "meant", "remembered")

# Words of a private language. They are refused anywhere in a name.
PRIVATE_WORDS = {
    "act": "action or function",
    "acts": "actions",
    "band": "ordering or urgency",
    "belief": "probability",
    "beliefs": "probabilities",
    "certainty": "confidence",
    "dispute": "disagreement",
    "disputes": "disagreements",
    "door": "interface",
    "fate": "outcome or result",
    "fates": "outcomes",
    "gone": "deleted",
    "hands": "events",
    "hints": "quality flags",
    "house": "app or supervisor",
    "keeper": "watchdog",
    "lots": "hash bucket",
    "minder": "reaper",
    "remembered": "cached",
    "sitting": "controller",
    "standing": "status",
    "unasked": "without_foreign_key_checks",
    "verdict": "review decision",
    "verdicts": "review decisions",
}

# What is not English of a manual, in docstrings, comments, templates and docs. Code in backticks is left alone.
PRIVATE_PROSE = {
    r"house(?:s|'s)?": "app or supervisor",
    r"doors?": "interface",
    r"minders?": "reaper",
    r"keepers?": "watchdog",
    r"unasked": "without asking, or without foreign key checks",
    r"sittings?": "session or controller",
    r"fates?": "outcome",
    r"beliefs?": "probability",
    r"certaint(?:y|ies)": "confidence",
    r"disputes?": "disagreement",
    r"verdicts?": "review decision",
    r"gone": "deleted, dropped or missing",
    r"remembered": "cached or stored",
    r"(?:he|she|his|her|hers|him|himself|herself)": "they, their, them",
}

# The names that stay: `path: names, because …`.
EXCEPTIONS: dict[str, tuple[str, ...]] = {
    # columns of the database
    "annotate/models/annotations.py": ("act",),
    "annotate/models/consensus.py": ("belief", "certainty", "dispute"),
    "annotate/models/queue.py": ("band", "band_rank"),
    "annotate/models/review.py": ("verdict",),
    "projects/models/events.py": ("act",),
    # the band of confidence around a curve
    "learner/evaluation/curve.py": ("band",),
    # public fields of `annotate_kit`, as its reference has them
    "annotate_kit/aggregation/_result.py": ("beliefs",),
    "annotate_kit/aggregation/auto.py": ("beliefs",),
    "annotate_kit/aggregation/wds.py": ("beliefs",),
    "annotate_kit/agreement/_disputed.py": ("dispute",),
    "annotate_kit/identification/entropy_threshold.py": ("kept",),
    # the list of them
    "tests/test_words.py": ("said", "asked", "told", "kept", "gone", "heard", "meant", "remembered"),
    # fields of REST
    "annotate/api/figures.py": ("hints",),
}

# The parts of the repository that speak in these words.
FINISHED = (
    "README.md",
    "CONTRIBUTING.md",
    "accounts",
    "annotate",
    "annotate_kit",
    "benchmarks",
    "client",
    "config",
    "core",
    "deploy",
    "docs",
    "learner",
    "projects",
    "runtime",
    "static",
    "templates",
    "tests",
)

LEFT_SIDE = re.compile(r"\b(?:right|top)\b")
WORDS_OF_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
IN_ANY_CASE = "|".join(form for word in PRIVATE_WORDS for form in (word, word.title(), word.upper()))
MAY_NAME = re.compile(
    rf"(?i:\b_*(?:{'|'.join(EMPTY_NAMES)})_*(?=\s*[=,:)\]]|\s+in\b|\())|(?<![a-z])(?:{IN_ANY_CASE})(?![a-z])"
)
DOCSTRING = re.compile(r'^ *"""([^\s,)].*?)"""', re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"(?:^|\s)# ([^\n]*)")
PROSE = re.compile(rf"\b({'|'.join(PRIVATE_PROSE)})\b", re.IGNORECASE)


@pytest.mark.parametrize("top", FINISHED)
def test_names_and_sentences_use_the_words_of_the_field(top):
    retired = [line for path in _files(top) for line in _retired_in(path)]
    assert not retired, "\n".join(["Retired words (see CONTRIBUTING):", *retired])


@pytest.mark.parametrize(
    ("name", "code", "standard"),
    [
        ("x.py", "said = 1", "votes"),
        ("x.py", "def f(kept): ...", "rows"),
        ("x.py", "class ActShape: ...", "action"),
        ("x.py", "self.belief = 1", "probability"),
        ("x.py", "# What becomes of her answers", "their"),
        ("x.py", '"""The verdict of a reviewer."""', "review decision"),
        ("x.js", "const last = {act: 1};", "action"),
        ("x.js", "function f(said) {}", "votes"),
        ("x.html", "{% for one in rows %}{% endfor %}", "record"),
        ("x.html", "<p>He did it</p>", "they"),
        ("x.md", "It shows the certainty of a label.", "confidence"),
        ("x.md", "The project is gone.", "deleted"),
        ("x.py", "f(asked=1)", "requested_method"),
        ("x.py", "context = {'kept': 1}", "rows"),
        ("x.py", "query = 'SELECT said.id FROM votes said'", "votes"),
        ("x.sql", "SELECT told.id FROM messages told", "message"),
        ("x.css", ".said { margin: 0 }", "votes"),
        ("x.html", '<ul class="stack said"></ul>', "votes"),
    ],
)
def test_a_retired_word_is_named_with_its_place_and_the_standard_word(tmp_path, name, code, standard):
    (tmp_path / name).write_text(code)
    (line,) = _retired_in(tmp_path / name)
    assert f"{name}:1: " in line and standard in line


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x.py", "left, right = box"),
        ("x.py", "votes = 1  # each one said so"),
        ("x.js", "const x = box.left; const y = 'act'; const z = `${x} and one`;"),
        ("x.html", "<p>{{ item.consensus.certainty }} of one</p>"),
        ("x.md", "The field `belief` has a probability for each label."),
        ("x.css", "/* What was said. */ .salutation { letter-spacing: 0 }"),
        ("x.py", "message = 'It was said. It was told.'"),
    ],
)
def test_plain_words_pass(tmp_path, name, code):
    (tmp_path / name).write_text(code)
    assert not list(_retired_in(tmp_path / name))


def _files(top: str) -> list[Path]:
    paths = subprocess.run(["git", "ls-files", "--", top], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in paths.stdout.splitlines() if "/migrations/" not in name and (ROOT / name).exists()]


def _retired_in(path: Path) -> Iterator[str]:
    """A line for each retired word of a file: where, which, and what to say."""
    read = READERS.get(path.suffix)
    place = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    exceptions = EXCEPTIONS.get(place, ())
    for number, word, standard in read(path.read_text(encoding="utf-8")) if read else ():
        if word.lower() not in exceptions:
            yield f"{place}:{number}: {word} → {standard}"


Finding = tuple[int, str, str]


def _python(text: str) -> Iterator[Finding]:
    for node in ast.walk(ast.parse(text)) if MAY_NAME.search(text) else ():  # parsing is slow
        if name := _name_of(node):
            yield from _of_name(node.lineno, name, text)  # type: ignore[attr-defined]
    yield from _keys(text)
    for match in (*DOCSTRING.finditer(text), *COMMENT.finditer(text)) if PROSE.search(text) else ():
        yield from _of_prose(match[1], _line(text, match.start(1)))


def _name_of(node: ast.AST) -> str | None:
    """The name that this node gives to something."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return name if isinstance(node.ctx, ast.Store) else None
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler):
        return node.name
    if isinstance(node, ast.keyword):
        return node.arg if node.arg in EMPTY_KEYS else None
    return node.arg if isinstance(node, ast.arg) else None


KEYS = "|".join(EMPTY_KEYS)
KEY = re.compile(rf"""["'](?P<key>{KEYS})["'](?=\s*:)|\b(?P<alias>{KEYS})\.(?=[a-z_])""")


def _keys(text: str) -> Iterator[Finding]:
    """Keys of dictionaries and aliases of SQL."""
    for match in KEY.finditer(text):
        yield from _of_name(_line(text, match.start()), match["key"] or match["alias"], text)


def _styles(text: str) -> Iterator[Finding]:
    code = re.sub(r"/\*.*?\*/", _blank, text, flags=re.DOTALL)
    for match in re.finditer(rf"\.({KEYS})(?![\w-])", code):
        yield from _of_name(_line(code, match.start()), match[1], text)


def _javascript(text: str) -> Iterator[Finding]:
    code = re.sub(r"//[^\n]*|/\*.*?\*/|'[^'\n]*'|\"[^\"\n]*\"", _blank, text, flags=re.DOTALL)
    code = re.sub(r"(?<=[`}])[^`{}\n]*(?=`|\$\{)", _blank, code)  # a template's words
    for match in re.finditer(r"(\.?)\b([A-Za-z_$][\w$]*)", code):
        if not (match[1] and match[2] in EMPTY_NAMES):
            yield from _of_name(_line(code, match.start()), match[2], text)


def _template(text: str) -> Iterator[Finding]:
    code = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", _blank, "".join(_tags(text)))
    for match in re.finditer(r"(?<![\w.|])([A-Za-z_]\w*)", code):
        yield from _of_name(_line(code, match.start()), match[1], text)
    for match in re.finditer(rf"""class="(?:[^"]* )?({KEYS})[ "]""", text):
        yield from _of_name(_line(text, match.start()), match[1], text)
    yield from _of_prose(re.sub(r"\{[{%#].*?[#%}]\}|<(?!!--)[^>]*>", _blank, text, flags=re.DOTALL))


def _tags(text: str) -> Iterator[str]:
    """The template's own language; the rest is blank, so that lines stay where they are."""
    end = 0
    for match in re.finditer(r"\{[{%].*?[%}]\}", text, flags=re.DOTALL):
        yield re.sub(r"[^\n]", " ", text[end : match.start()])
        yield match[0]
        end = match.end()


def _markdown(text: str) -> Iterator[Finding]:
    yield from _of_prose(re.sub(r"^```.*?^```", _blank, text, flags=re.DOTALL | re.MULTILINE))


READERS = {".py": _python, ".js": _javascript, ".html": _template, ".md": _markdown, ".css": _styles, ".sql": _keys}


def _of_name(number: int, name: str, text: str) -> Iterator[Finding]:
    whole = name.strip("_").lower()
    if whole == "left" and LEFT_SIDE.search(text):
        return
    words = [word.lower() for word in WORDS_OF_NAME.findall(name)]
    standard = EMPTY_NAMES.get(whole) or next((PRIVATE_WORDS[word] for word in words if word in PRIVATE_WORDS), None)
    if standard:
        yield number, name, standard


def _of_prose(text: str, first_line: int = 1) -> Iterator[Finding]:
    text = re.sub(r"`[^`\n]*`", _blank, text)
    for match in PROSE.finditer(text):
        standard = next(right for wrong, right in PRIVATE_PROSE.items() if re.fullmatch(wrong, match[0], re.IGNORECASE))
        yield first_line + _line(text, match.start()) - 1, match[0], standard


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
