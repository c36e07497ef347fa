"""Write figures with the colors that they have, and their sizes into the pages.

Matplotlib's PNG files hold four bytes a pixel for a drawing in a few hundred shades. A
palette of 256 of them looks the same. A picture that would change visibly, such as a
photograph, is left alone. A page that knows the sizes of its pictures does not jump
when they arrive.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image
from sphinx.application import Sphinx

_VISIBLE = 2.0  # mean square error, of 255², above which a picture is left alone


def with_palette(image: Image.Image) -> Image.Image | None:
    """The picture in 256 colors, or None if that would show."""
    if image.mode == "P":
        return None
    opaque = Image.new("RGB", image.size, "white")
    opaque.paste(image, mask=image.getchannel("A") if "A" in image.mode else None)
    if "A" in image.mode and image.getchannel("A").getextrema()[0] < 255:
        return None
    small = opaque.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=1, dither=0)
    before = np.asarray(opaque, dtype=np.float64)
    after = np.asarray(small.convert("RGB"), dtype=np.float64)
    return small if float(np.mean((before - after) ** 2)) < _VISIBLE else None


def shrink(app: Sphinx, exception: Exception | None) -> None:
    """Rewrite the built figures."""
    if exception is not None or app.builder.format != "html":
        return
    for path in (Path(app.outdir) / "_images").glob("*.png"):
        with Image.open(path) as image:
            small = with_palette(image)
        if small is not None:
            small.save(path, optimize=True)


def with_sizes(page: str, folder: Path) -> str:
    """The page with the width and height of each picture of ``folder`` in its tag."""

    def sized(found: re.Match[str]) -> str:
        path = folder / found[1]
        if " width=" in found[0] or not path.is_file():
            return found[0]
        with Image.open(path) as image:
            width, height = image.size
        return found[0].replace("<img", f'<img width="{width}" height="{height}"', 1)

    return re.sub(r'<img\b[^>]*\bsrc="[^"]*_images/([^"/]+\.png)"[^>]*>', sized, page)


def tell_sizes(app: Sphinx, exception: Exception | None) -> None:
    """Write the pictures' sizes into the built pages."""
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for path in (out / "book").glob("*.html"):
        page = path.read_text(encoding="utf-8")
        path.write_text(with_sizes(page, out / "_images"), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", shrink)
    app.connect("build-finished", tell_sizes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
