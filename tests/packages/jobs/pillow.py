"""Pictures in several formats, with text and a mask; what the library was built with."""

import io

from PIL import Image, ImageDraw, ImageFilter, ImageFont, features


def job():
    image = Image.new("RGB", (64, 48), "#204080")
    draw = ImageDraw.Draw(image)
    draw.ellipse((8, 8, 40, 40), fill="white")
    draw.text((5, 5), "é", font=ImageFont.load_default(12), fill="red")
    found = []
    for kind in ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "GIF", "JPEG2000", "BMP", "ICO", "PDF"):
        out = io.BytesIO()
        image.save(out, kind)
        found.append([kind, out.tell() > 100] + ([] if kind == "PDF" else [list(Image.open(out).convert("RGB").size)]))
    blurred = image.filter(ImageFilter.GaussianBlur(2)).resize((8, 6)).getpixel((0, 0))
    return [
        found,
        list(blurred),
        [features.check(name) for name in ("freetype2", "raqm", "littlecms2", "webp", "libjpeg_turbo")],
    ]
