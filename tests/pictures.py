"""Pictures that tests draw."""

import io

from PIL import Image, ImageDraw

COINS = [(90, 80, 40), (250, 90, 55), (430, 100, 35), (120, 260, 60), (330, 280, 45), (520, 300, 50)]
"""Centre and radius of each."""


def coins(seed: int = 0) -> bytes:
    """Six round things on a table, 640 × 400; another `seed` moves them."""
    picture = Image.new("RGB", (640, 400), (92, 104, 112))
    pen = ImageDraw.Draw(picture)
    for x, y, r in COINS:
        x += 7 * seed
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(196, 160, 84), outline=(120, 90, 40), width=4)
        pen.ellipse((x - r * 0.6, y - r * 0.6, x + r * 0.6, y + r * 0.6), outline=(150, 118, 60), width=3)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()
