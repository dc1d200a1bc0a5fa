"""What pages are made of."""

import re
from typing import Any


def markup_of(response: Any) -> str:
    """The page's source with one blank for any white space, as a browser shows it: lines may break anywhere."""
    return re.sub(r"[ \t\n\r\f]+", " ", response.content.decode())
