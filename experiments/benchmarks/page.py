"""How soon the page in the browser shows what is asked: steps, a drag, eight visitors, a new mask.

A real browser, headless, on this machine (`BROWSER`, else /usr/bin/chromium), and the page as `make
app` serves it; `make test-app` sets it up. A step is timed from the slider's event to the picture's
pixels on the canvas (`drawn`), and to the end of the frame that shows them (`painted`).

For example:

    .venv/bin/python -m experiments.benchmarks.page
    .venv/bin/python -m experiments.benchmarks.page bench.page.moves=200
    .venv/bin/python -m experiments.benchmarks.page bench.page.generators=[eyes]
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from eglass.configuration import command
from eglass.errors import InputError
from eglass.workflows.networks import torch_device

from .results import Result
from .timing import result, results_folder

T = TypeVar("T")

#: Returns milliseconds from the event of each step to its pixels, and to their frame's end.
STEPS = """async ({ steps, pause }) => {
  const slider = document.getElementById("eta"), canvas = document.getElementById("live");
  const times = [];
  for (const eta of steps) {
    const shown = new Promise((done) => {
      const look = new MutationObserver(() => {
        if (canvas.dataset.eta !== String(eta)) return;
        look.disconnect();
        const drawn = performance.now(), channel = new MessageChannel();
        channel.port1.onmessage = () => done([drawn, performance.now()]);
        requestAnimationFrame(() => channel.port2.postMessage(0));
      });
      look.observe(canvas, { attributes: true, attributeFilter: ["data-eta"] });
    });
    const began = performance.now();
    slider.value = eta;
    slider.dispatchEvent(new Event("input"));
    times.push((await shown).map((at) => at - began));
    await new Promise((done) => setTimeout(done, pause));
  }
  return times;
}"""

#: Returns how many pictures a drag shows, and milliseconds until its last one.
DRAG = """async ({ steps, every }) => {
  const slider = document.getElementById("eta"), canvas = document.getElementById("live");
  let pictures = 0;
  const began = performance.now();
  const ended = new Promise((done) => {
    new MutationObserver((_, look) => {
      pictures += 1;
      if (canvas.dataset.eta !== String(steps.at(-1))) return;
      look.disconnect();
      done(performance.now() - began);
    }).observe(canvas, { attributes: true, attributeFilter: ["data-eta"] });
  });
  for (const eta of steps) {
    slider.value = eta;
    slider.dispatchEvent(new Event("input"));
    await new Promise((done) => setTimeout(done, every));
  }
  return { pictures, took: await ended };
}"""


@contextmanager
def served(cfg: DictConfig) -> Iterator[str]:
    """Serve the page in a process of its own, and give its address."""
    with tempfile.TemporaryDirectory() as results:
        settings = ["app.port=0", f"results={results}", f"device={cfg.device}"]
        process = subprocess.Popen(
            [sys.executable, "-m", "eglass", "app", *settings], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()
            process.wait()


def explore(page: Any, generator: str, problem: str, seed: int) -> float:
    """Explore a sample on a page, and return the seconds until its ten solutions are there."""
    page.locator("#generator").select_option(generator)
    page.locator("#problem").select_option(problem)
    page.locator("#sample").fill(str(seed))
    return _timed(page)


def _timed(page: Any) -> float:
    page.evaluate("() => document.getElementById('cards').replaceChildren()")
    began = time.perf_counter()
    page.locator("#explore").click()
    page.locator("#cards li:nth-child(10), #error:not([hidden])").first.wait_for(timeout=600_000)
    if page.locator("#error").is_visible():
        raise InputError(page.locator("#error").inner_text())
    took = time.perf_counter() - began
    page.locator("#says", has_text="Done.").wait_for(timeout=600_000)
    return took


def on_slider(eta: float) -> float:
    """Return the step nearest to η that the slider has: it knows twentieths."""
    return round(float(eta) * 20) / 20


def painted(page: Any, rng: np.random.Generator) -> float:
    """Paint a new mask, and return the seconds until ten solutions are there."""
    page.locator("#mask-clear").click()
    box = page.locator("#mask").bounding_box()
    across, down = rng.uniform(0.3, 0.7, (2, 6))
    page.mouse.move(box["x"] + across[0] * box["width"], box["y"] + down[0] * box["height"])
    page.mouse.down()
    for x, y in zip(across[1:], down[1:]):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
    page.mouse.up()
    return _timed(page)


async def visited(
    address: str, asked: dict[str, Any], visitors: int, rate: float, moves: int
) -> list[list[float]]:
    """Return milliseconds from request to answer, of visitors that all move at once."""
    from websockets.asyncio.client import connect
    from websockets.typing import Origin

    rng = np.random.default_rng(0)

    async def visit() -> list[float]:
        talk = address.replace("http", "ws") + "/talk"
        async with connect(talk, origin=Origin(address), max_size=None) as socket:
            await socket.recv()
            await socket.send(json.dumps({"type": "explore", "number": 1, "asked": asked}))
            while json.loads(await socket.recv())["type"] != "done":
                pass
            times = []
            for eta in rng.uniform(-5, 5, moves):
                began = time.perf_counter()
                step = {"type": "step", "number": 1, "along": {"number": 8}, "eta": float(eta)}
                await socket.send(json.dumps(step))
                while not isinstance(await socket.recv(), bytes):
                    pass
                times.append(1e3 * (time.perf_counter() - began))
                await asyncio.sleep(max(0.0, began + 1 / rate - time.perf_counter()))
            return times

    return await asyncio.gather(*(visit() for _ in range(visitors)))


def beside(work: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine does, in a thread of its own: Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def measure(cfg: DictConfig) -> Result:
    """Time the page, with every generator that is asked for."""
    from playwright.sync_api import sync_playwright

    settings = cfg.bench.page
    rng = np.random.default_rng(cfg.seed)
    steps: list[dict[str, Any]] = []
    drags: list[dict[str, Any]] = []
    masks: list[dict[str, Any]] = []
    many: list[dict[str, Any]] = []
    flags = ["--no-sandbox", "--disable-gpu"]
    with served(cfg) as address, sync_playwright() as driver:
        path = os.environ.get("BROWSER", "/usr/bin/chromium")
        browser = driver.chromium.launch(executable_path=path, args=flags)
        for generator in settings.generators:
            about = {"generator": generator}
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            page.locator("#explore:enabled").wait_for()
            explore(page, generator, "super_resolution", cfg.samples.first_seed)
            etas = [on_slider(eta) for eta in rng.uniform(-5, 5, settings.moves)]
            times = page.evaluate(STEPS, {"steps": etas, "pause": settings.pause})
            steps += [about | {"drawn": drawn, "painted": end} for drawn, end in times[10:]]
            way = [on_slider(eta) for eta in np.linspace(-4, 4, settings.drag)]
            for _ in range(settings.repetitions):
                page.locator("#rest").click()
                page.locator('#live[data-eta="0"]').wait_for()
                drags.append(about | page.evaluate(DRAG, {"steps": way, "every": settings.every}))
            explore(page, generator, "inpainting", cfg.samples.first_seed)
            for _ in range(settings.repetitions):
                masks.append(about | {"seconds": painted(page, rng)})
            page.close()
            asked = {
                "generator": generator,
                "problem": "super_resolution",
                "explorer": "algorithm1_sphere",
                "target": {"kind": "sample", "seed": cfg.samples.first_seed},
            }
            answers = beside(
                visited(address, asked, settings.visitors, settings.rate, settings.moves)
            )
            for visitor, own in enumerate(answers):
                many += [about | {"visitor": visitor, "answered": each} for each in own]
        browser.close()
    found = {"runs": steps, "drags": drags, "masks": masks, "visitors": many}
    tables = {name: pd.DataFrame(rows) for name, rows in found.items()}
    summary = pd.concat([
        _quantiles(tables["runs"], "drawn"),
        _quantiles(tables["runs"], "painted"),
        _quantiles(tables["visitors"], "answered"),
        _quantiles(tables["masks"], "seconds"),
        _quantiles(tables["drags"], "pictures"),
    ])  # fmt: skip
    return result(cfg, "page", torch_device(cfg.device), tables | {"summary": summary})


def _quantiles(rows: pd.DataFrame, what: str) -> pd.DataFrame:
    by = rows.groupby("generator", sort=False)[what]
    found = pd.DataFrame({"median": by.median(), "p95": by.quantile(0.95), "runs": by.count()})
    return found.reset_index().assign(what=what)[["generator", "what", "median", "p95", "runs"]]


def main(cfg: DictConfig) -> None:
    found = measure(cfg)
    print(found.tables["summary"].to_string(index=False, float_format="{:.1f}".format))
    print(found.write(results_folder(cfg)))


if __name__ == "__main__":
    command(main, "bench")
