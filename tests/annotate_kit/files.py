"""Small files to read: pictures, zips, tables, one good file for each reader, and any JSON."""

import io
import zipfile
from importlib.util import find_spec

from hypothesis import strategies as st
from PIL import Image

from annotate_kit.formats.datasets import Example
from annotate_kit.formats.datasets import registry as datasets
from annotate_kit.formats.records import Rejected
from tests.annotate_kit.spreadsheets import xlsx


def image(kind="PNG", size=(8, 8)):
    file = io.BytesIO()
    Image.new("L", size, 128).save(file, kind)
    return file.getvalue()


def archive(*members, mode=None, encrypted=False):
    """A zip of (name, bytes) pairs; `mode` as Unix has it, for all of them."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packer:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = (mode or 0o100644) << 16
            packer.writestr(info, content)
    packed = bytearray(file.getvalue())
    if encrypted:
        packed[packed.index(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def zipped(files):
    """A zip of files, {name: bytes}."""
    return archive(*files.items())


def parquet(**columns):
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    return file.getvalue()


def read(reader, content, **options):
    return list(reader.read(io.BytesIO(content), **options))


def errors(rows):
    return [(row.row, row.error) for row in rows if isinstance(row, Rejected)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
GOOD = {
    "json": b'[{"external_id": "a", "text": "one"}, {"text": "two"}]',
    "ndjson": b'{"external_id": "a", "text": "one"}\n{"text": "two"}\n',
    "csv": b"external_id,text\na,one\n,two\n",
    "parquet": parquet(external_id=["a", None], text=["one", "two"]),
    "zip": archive(("a", image()), ("b", image())),
    "xlsx": xlsx([["external_id", "text"], ["a", "one"], [None, "two"]]),
    "conll": b'# id = a\n# text = "one"\none\t0\tO\n\n# id = b\n# text = "two"\ntwo\t0\tB-X\n',
}
HAS_SPACY = find_spec("spacy") is not None
if HAS_SPACY:
    GOOD["docbin"] = datasets.load("docbin").write([Example("a", "one", value=[]), Example("b", "two", value=[])])
