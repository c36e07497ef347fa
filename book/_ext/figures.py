"""Write figures with the colors that they have: a third of the bytes, the same picture.

Matplotlib's PNG files hold four bytes a pixel for a drawing in a few hundred shades. A
palette of 256 of them looks the same. A picture that would change visibly, such as a
photograph, is left alone.
"""

from __future__ import annotations

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


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("build-finished", shrink)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
