"""Pictures and a film of the page in the browser: `make app-pictures`, after `make test-app`.

docs/images/app.png      the page after an exploration
docs/images/app_narrow.png   the same on a telephone, in the dark
docs/images/app.gif      the slider dragged there and back
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
#: Bytes of the film at most, its width, and milliseconds of a picture.
LARGEST, WIDTH, EACH = 2_000_000, 720, 90
#: Pixels around what is filmed.
MARGIN = 14
#: What is explored: the generator's own image of a number.
GENERATOR, PROBLEM, SAMPLE = "dcgan", "super_resolution", "1000"


@contextmanager
def served(results: str) -> Iterator[str]:
    """Serve the page, and give its address."""
    command = [sys.executable, "-m", "eglass", "app", "app.port=0", f"results={results}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[1]
    finally:
        process.terminate()
        process.wait()


def explored(page: Page, address: str) -> None:
    """Explore an image on a page."""
    page.goto(address)
    page.locator("#explore:enabled").wait_for()
    page.locator("#generator").select_option(GENERATOR)
    page.locator("#problem").select_option(PROBLEM)
    page.locator("#sample").fill(SAMPLE)
    page.locator("#explore").click()
    page.locator("#says", has_text="Done.").wait_for(timeout=900_000)
    page.locator("#cell img").nth(3).wait_for()


def step(page: Page, eta: float) -> None:
    """Move the slider, and wait for its image."""
    # −0 is 0 of a browser.
    written = f"{eta + 0.0:g}"
    page.locator("#eta").fill(written)
    page.locator(f'#live[data-eta="{written}"]').wait_for()


def filmed(page: Page) -> list[Image.Image]:
    """Return the pictures of the film."""
    steps = [i / 4 for i in range(0, 23)]
    there = [
        *steps,
        *reversed(steps),
        *(-each for each in steps),
        *(-each for each in reversed(steps)),
    ]
    frames = []
    for eta in there[::2]:
        step(page, eta)
        box = page.locator("#walk").bounding_box()
        assert box is not None
        box["x"], box["y"] = box["x"] - MARGIN, box["y"] - MARGIN
        box["width"], box["height"] = box["width"] + 2 * MARGIN, box["height"] + 2 * MARGIN
        frames.append(Image.open(io.BytesIO(page.screenshot(clip=box))).convert("RGB"))
    return frames


def save_film(frames: list[Image.Image], path: Path) -> None:
    """Write a GIF of at most `LARGEST` bytes.

    Raises:
        ValueError: it would be larger.
    """
    height = round(frames[0].height * WIDTH / frames[0].width)
    small = [frame.resize((WIDTH, height), Image.Resampling.LANCZOS) for frame in frames]
    # One palette for all, of the first and the last: pictures share what does not move.
    both = Image.new("RGB", (WIDTH, 2 * height))
    both.paste(small[0], (0, 0))
    both.paste(small[len(small) // 4], (0, height))
    palette = both.quantize(128)
    first, *others = [each.quantize(palette=palette, dither=Image.Dither.NONE) for each in small]
    buffer = io.BytesIO()
    first.save(
        buffer, "gif", save_all=True, append_images=others, duration=EACH, loop=0, optimize=True
    )
    if buffer.tell() > LARGEST:
        raise ValueError(f"the film has {buffer.tell()} bytes: expected at most {LARGEST}")
    path.write_bytes(buffer.getvalue())


def save_picture(page: Page, path: Path) -> None:
    """Write what is seen of a page, as a small PNG."""
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def main() -> None:
    browser_path = os.environ.get("BROWSER", "/usr/bin/chromium")
    flags = ["--no-sandbox", "--disable-gpu"]
    with (
        tempfile.TemporaryDirectory() as results,
        served(results) as address,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=browser_path, args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 1180})
        explored(page, address)
        step(page, 3.0)
        save_picture(page, IMAGES / "app.png")
        save_film(filmed(page), IMAGES / "app.gif")
        narrow = browser.new_page(viewport={"width": 390, "height": 1180}, color_scheme="dark")
        explored(narrow, address)
        step(narrow, -3.0)
        narrow.evaluate("() => document.getElementById('walk').scrollIntoView()")
        save_picture(narrow, IMAGES / "app_narrow.png")
        browser.close()


if __name__ == "__main__":
    main()
