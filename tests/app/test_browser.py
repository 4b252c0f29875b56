"""The page in a real browser: `make test-app`."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from PIL import Image

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api", reason="`make test-app` installs it")

#: Milliseconds for anything but an exploration; and for one.
SOON, LATER = 10_000, 60_000


@pytest.fixture(scope="module")
def address(server) -> Iterator[str]:
    """Serve the page, and return where."""
    from eglass.app.serving import listen

    listening = listen("127.0.0.1", 0)
    running = uvicorn.Server(uvicorn.Config(server.app(), log_level="error", lifespan="on"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    path = os.environ.get("BROWSER", "/usr/bin/chromium")
    if not Path(path).is_file():
        pytest.skip(f"there is no browser at {path}")
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, address):
    """Return what opens the page, in a browser profile of its own; its console must stay empty."""
    complaints: list[str] = []
    contexts = []

    def note(said) -> None:
        if said.type == "error":
            complaints.append(said.text)

    def visit(link: str = "", **options) -> playwright.Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(SOON)
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/{link}")
        page.locator("#explore:enabled").wait_for()
        page.locator("#count").fill("2")
        return page

    yield visit
    for context in contexts:
        context.close()
    # What is refused is answered by 400, which a browser notes.
    assert [line for line in complaints if "400" not in line] == []


def explore(page) -> None:
    page.locator("#explore").click()
    done(page)


def done(page) -> None:
    page.locator("#says", has_text=re.compile("Done|Refused")).wait_for(timeout=LATER)
    assert page.locator("#error").inner_text() == ""


def stepped(page, eta: str) -> None:
    page.locator(f'#live[data-eta="{eta}"]').wait_for()


def pixels(page) -> list:
    script = "canvas => [...canvas.getContext('2d').getImageData(0, 0, 64, 64).data]"
    return page.locator("#live").evaluate(script)


def test_a_slide_shows_another_image_and_says_what_it_is(visit):
    page = visit()
    explore(page)
    assert page.locator("#cards li").count() == 2
    stepped(page, "0")
    before = pixels(page)
    page.locator("#eta").fill("2")
    stepped(page, "2")
    assert pixels(page) != before
    assert "PSNR" in page.locator("#live-says").inner_text()
    page.locator("#flip").click()
    stepped(page, "-2")
    page.locator("#eta").fill("8")
    stepped(page, "8")
    assert page.locator("#view.infeasible").count() == 1
    page.locator("#rest").click()
    stepped(page, "0")
    assert page.locator("#view.infeasible").count() == 0


def test_a_fast_drag_ends_at_the_last_step(visit):
    page = visit()
    explore(page)
    script = """slider => { for (let i = -80; i <= 60; i++) { slider.value = i / 20;
        slider.dispatchEvent(new Event('input')); } }"""
    page.locator("#eta").evaluate(script)
    stepped(page, "3")


def test_a_photograph_is_cropped_by_mouse_and_by_keys(visit, photograph):
    page = visit()
    page.locator('input[value="upload"]').check()
    page.locator("#file").set_input_files(photograph)
    page.locator("#crop-why", has_text="A face was found").wait_for(timeout=LATER)
    frame = page.locator("#crop-frame")
    before = frame.bounding_box()
    page.mouse.move(before["x"] + 20, before["y"] + 20)
    page.mouse.down()
    page.mouse.move(before["x"] + 45, before["y"] + 20)
    page.mouse.up()
    moved = frame.bounding_box()
    assert moved["x"] - before["x"] == pytest.approx(25, abs=3)
    page.locator("details", has=page.locator("#crop-x")).locator("summary").click()
    page.locator("#crop-size").focus()
    page.keyboard.press("ArrowLeft")
    assert frame.bounding_box()["width"] < moved["width"]
    page.locator("#problem").select_option("super_resolution")
    explore(page)
    assert "IMAGE=" in page.locator("#clone").inner_text()


def test_a_webcam_s_picture_is_taken(visit):
    page = visit(permissions=["camera"])
    page.locator('input[value="upload"]').check()
    page.locator("#webcam").click()
    page.locator("#shoot").click()
    page.locator("#photograph[src]").wait_for(timeout=LATER)
    assert page.locator("#camera").is_hidden()


def test_a_mask_is_painted_by_mouse(visit, server):
    page = visit()
    page.locator("#mask").wait_for()
    box = page.locator("#mask").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 3 / 4, box["y"] + box["height"] / 4, steps=5)
    page.mouse.up()
    assert page.locator("#mask-none").is_hidden()
    explore(page)
    assert "problem.physics.mask=" in page.locator("#clone").inner_text()
    measured = page.locator('img[alt="measurement"]').evaluate(
        """image => { const c = new OffscreenCanvas(64, 64).getContext('2d');
        c.drawImage(image, 0, 0); return [...c.getImageData(32, 16, 1, 1).data]; }"""
    )
    assert np.ptp(measured[:3]) == 0


def test_all_of_it_by_keyboard_alone(visit):
    page = visit()
    page.locator("#mask").focus()
    for key in ("Space", "ArrowRight", "ArrowRight", "ArrowDown", "Space"):
        page.keyboard.press(key)
    assert page.locator("#mask-none").is_hidden()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == "explore":
            break
    page.keyboard.press("Enter")
    done(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == "eta":
            break
    page.keyboard.press("ArrowRight")
    stepped(page, "0.05")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("() => document.activeElement.id || document.activeElement.textContent")
        )
    assert {"flip", "pin", "cell-i", "link"} <= reached


def test_a_click_on_c_shows_both_directions_and_walks_along_one(visit):
    page = visit()
    explore(page)
    page.locator("#cell img").first.wait_for()
    page.locator("#coupling").click(position={"x": 60, "y": 30})
    i, j = (int(page.locator(f"#cell-{each}").input_value()) for each in "ij")
    assert 1 < i < j
    page.locator("#cell-says", has_text=f"u {i} and v {j}").wait_for()
    assert page.locator("#cell img").count() == 4
    page.locator("#cell-walk").click()
    assert page.locator("#K").input_value() == str(j)
    assert page.locator('input[value="v"]').is_checked()


def test_pins_are_compared_by_a_wipe(visit):
    page = visit()
    explore(page)
    page.locator("#cards button").nth(0).click()
    page.locator("#pin").click()
    assert page.locator("#pins li").count() == 2
    page.locator("#wipe-at").fill("30")
    style = page.locator("#wipe-right").evaluate("image => image.style.clipPath")
    assert "30%" in style
    with page.expect_download() as download:
        page.locator("#pins button", has_text="download").first.click()
    assert Image.open(download.value.path()).size == (64, 64)


def test_what_is_cancelled_says_so_and_the_page_goes_on(visit, monkeypatch):
    from eglass.workflows.exploration import Task

    begin = Task.begin

    def slow(self, progress, *given):
        for done in range(400):
            progress("search", done, 400)
            time.sleep(0.01)
        return begin(self, progress, *given)

    page = visit()
    monkeypatch.setattr(Task, "begin", slow)
    page.locator("#sample").fill("1020")
    page.locator("#explore").click()
    page.locator("#says", has_text="search").wait_for()
    began = time.monotonic()
    page.locator("#cancel").click()
    page.locator("#says", has_text="Cancelled").wait_for()
    assert time.monotonic() - began < 1
    monkeypatch.undo()
    explore(page)


def test_a_second_visitor_waits_and_sees_so(visit, monkeypatch):
    from eglass.workflows.exploration import Task

    begin, may_end = Task.begin, threading.Event()

    def slow(self, progress, *given):
        while not may_end.wait(0.01):
            progress("search", 0, 400)
        return begin(self, progress, *given)

    one, two = visit(), visit()
    monkeypatch.setattr(Task, "begin", slow)
    for page, sample in ((one, "1030"), (two, "1031")):
        page.locator("#sample").fill(sample)
        page.locator("#explore").click()
    two.locator("#says", has_text="1 exploration is before this one").wait_for()
    may_end.set()
    done(one)
    done(two)


def test_a_reload_and_a_link_give_the_same_again(visit):
    page = visit()
    page.locator("#sample").fill("1001")
    page.locator("#problem").select_option("super_resolution")
    explore(page)
    page.locator("#K").fill("11")
    page.locator("#K").press("Tab")
    page.locator("#eta").fill("1.5")
    stepped(page, "1.5")
    shown, command = pixels(page), page.locator("#clone").inner_text()
    page.reload()
    done(page)
    stepped(page, "1.5")
    assert (pixels(page), page.locator("#clone").inner_text()) == (shown, command)
    link = page.locator("#link").get_attribute("href")
    other = visit(link)
    done(other)
    stepped(other, "1.5")
    assert pixels(other) == shown


def test_a_bad_file_is_refused_in_one_line_and_the_page_goes_on(visit, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no image")
    page = visit()
    page.locator('input[value="upload"]').check()
    page.locator("#file").set_input_files(bad)
    page.locator("#error", has_text="is not an image").wait_for()
    assert "\n" not in page.locator("#error").inner_text()
    page.locator('input[value="sample"]').check()
    explore(page)
    assert page.locator("#error").is_hidden()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(visit, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    # The page lets no script in that is not its own.
    options = {
        "viewport": {"width": width, "height": 900},
        "color_scheme": scheme,
        "bypass_csp": True,
    }
    page = visit(**options)
    explore(page)
    page.locator("#cards button").first.click()
    page.locator("#more summary").click()
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
