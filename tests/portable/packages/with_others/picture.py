"""Draws a picture, writes it in many formats and reads it again."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from entry import handler


@handler
def picture(data: dict[str, str]) -> dict[str, object]:
    image = Image.new("RGB", (64, 48), data["color"])
    draw = ImageDraw.Draw(image)
    draw.rectangle((8, 8, 23, 23), fill="white")
    font = ImageFont.load_default(size=12)  # by FreeType
    draw.text((30, 20), "fn", fill="black", font=font)
    formats = {}
    for name in ("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "GIF", "JPEG2000"):
        stream = io.BytesIO()
        image.save(stream, name)
        again = Image.open(io.BytesIO(stream.getvalue()))
        pixel = again.convert("RGB").getpixel((15, 15))
        formats[name] = [again.format, again.size, min(pixel) > 245]
    small = image.filter(ImageFilter.BoxBlur(1)).resize((16, 12), Image.Resampling.LANCZOS)
    return {
        "formats": formats,
        "corner": small.getpixel((0, 11)),
        "text": font.getlength("fn") > 8,
        "black": image.convert("L").crop((30, 18, 50, 36)).getextrema()[0] < 60,
    }
