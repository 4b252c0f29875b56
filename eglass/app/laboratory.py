"""What the page explores with: generators, starting points, and the runs made of them.

A run is the one of `eglass explore`, and leaves the same record in the same place. Of the
newest ones the starting point is kept, to walk from.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from omegaconf import DictConfig, OmegaConf

from eglass.app import pictures
from eglass.app.asked import Asked, Base, check_offered, commands
from eglass.app.choices import Choices
from eglass.app.turns import Tell
from eglass.app.uploads import Upload
from eglass.app.walking import at_rest
from eglass.configuration import check
from eglass.configuration.build import chosen_for, plain
from eglass.configuration.overrides import composed
from eglass.evaluation.verdict import Verdict
from eglass.exploration import StartingPoint
from eglass.images import to_pixels
from eglass.problems import shown_measurement
from eglass.progress import Progress
from eglass.records import Reader, Record, fingerprint
from eglass.reporting.html import embedded_pixels
from eglass.workflows.exploration import Begun, Task
from eglass.workflows.networks import Networks, networks
from eglass.workflows.photographs import framed, load_photograph
from eglass.workflows.recorded import configuration
from eglass.workflows.runs import run_name
from eglass.workflows.targets import Target, explored

T = TypeVar("T")

#: Sections that a starting point does not depend on.
AFTERWARDS = ("explorer", "baseline", "walks", "consistent", "count", "verdict")


class Newest(Generic[T]):
    """The values that were asked for last.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int):
        self._most = most
        self._kept: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> T | None:
        """Return a value that is kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: str, value: T) -> T:
        """Keep a value, and forget the oldest ones."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value

    def made(self, key: str, make: Callable[[], T]) -> T:
        """Return a value that is kept, or make it."""
        found = self.get(key)
        return self.keep(key, make()) if found is None else found


@dataclass
class Kept:
    """A starting point, and the verdict on its measurement once there is one."""

    begun: Begun
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Run:
    """What one visitor explores.

    Attributes:
        start: what he walks from.
        record: what is recorded of it, once it is.
        place: where.
    """

    start: StartingPoint
    record: Record | None
    place: Path


class Laboratory:
    """Explores what is asked for.

    Args:
        cfg: of `eglass app`.
        base: what that was told.
        offered: what may be asked for.
    """

    def __init__(self, cfg: DictConfig, base: Base, offered: Choices):
        self.cfg = cfg
        self._base = base
        self._offered = offered
        self._networks: Newest[Networks] = Newest(cfg.app.networks)
        self._starts: Newest[Kept] = Newest(cfg.app.starts)
        # Hydra composes one configuration at a time.
        self._composing = threading.Lock()
        self._loading = threading.Lock()

    def task(self, asked: Asked, uploads: Mapping[str, Upload]) -> Task:
        """Return what is asked for as something that can be explored.

        Raises:
            InputError: it is not offered, or cannot be used.
        """
        cfg, target, name = self._composed(asked, uploads)
        place = Path(cfg.results) / name / "record"
        return Task(cfg, cfg.problem, target, self._networks_of(cfg), place)

    def ready(self) -> None:
        """Load what the page begins with.

        Raises:
            InputError: it cannot be used, such as weights that are not there.
        """
        self._networks_of(self.cfg)

    def commands(self, asked: Asked, uploads: Mapping[str, Upload]) -> dict[str, str]:
        """Return what is to be typed for the same."""
        return commands(self._base.arguments(asked.settings(uploads), typed=True))

    def looked_at(self, asked: Asked, uploads: Mapping[str, Upload]) -> dict[str, Any]:
        """Return what is measured, at the generator's size."""
        task = self.task(asked, uploads)
        generator = task.networks.generator
        image = task.measured.image
        assert image is not None
        return {
            "uri": embedded_pixels(to_pixels(image, generator.shown)[0]),
            "height": generator.image_size[1],
            "width": generator.image_size[2],
            "dim": generator.latent_dim,
        }

    def framed(self, asked: Asked, uploads: Mapping[str, Upload]) -> dict[str, Any]:
        """Return a photograph, and what of it the pipeline would look at."""
        cfg, target, _ = self._composed(asked, uploads)
        generator = self._networks_of(cfg).generator
        photograph = load_photograph(target, generator.image_size[0])
        found = framed(target | {"crop": None}, photograph, generator)
        _, height, width = generator.image_size
        pixels = to_pixels(photograph[None], generator.shown)[0]
        return {
            "uri": pictures.preview(pixels),
            "width": pixels.shape[1],
            "height": pixels.shape[0],
            "crop": list(found.crop),
            "by": found.by,
            "faces": found.faces,
            "aspect": width / height,
        }

    def run(self, task: Task, progress: Progress, tell: Tell) -> Iterator[Run]:
        """Explore and tell what is found as it is found; yield what can be walked from, and then
        what is recorded.

        Args:
            task: as `task` returns it.
            progress: what it raises ends the exploration.
            tell: takes what is found.
        """
        task.check()
        place = task.place
        assert place is not None
        origin = task.origin(configuration(task.cfg, task.problem, task.target))
        kept = self._begun(task, progress)
        start = kept.begun.start
        yield Run(start, None, place)
        tell({"type": "first"} | self._first(task, start))
        record = Reader(task.cfg.records).read(place, origin)
        if record is None:
            solved = task.solve(kept.begun, progress)
            ours = next(each for each in solved.sets if each.method == task.explorer.method)
            tell({"type": "solutions", "solutions": pictures.of_solutions(ours)})
            if kept.verdict is None:
                kept.verdict = task.judge(progress)
            progress("record", 0, 1)
            record = task.record(kept.begun, solved, kept.verdict, origin)
            record.save(place)
        else:
            tell({"type": "solutions", "solutions": pictures.of_record(record)})
        yield Run(start, record, place)
        tell({"type": "recorded"} | self._recorded(task, record))

    def _composed(
        self, asked: Asked, uploads: Mapping[str, Upload]
    ) -> tuple[DictConfig, Target, str]:
        """Return the configuration that is asked for, its target, and what the run is called."""
        check_offered(asked, self._offered.by_group)
        arguments = self._base.arguments(asked.settings(uploads), typed=False)
        with self._composing:
            whole = composed("explore", arguments)
            check(whole, "explore")
            cfg = OmegaConf.masked_copy(whole, [str(key) for key in whole if key != "hydra"])
            target = explored(cfg, cfg.problem.name)
            return cfg, target, run_name(cfg, target, whole.hydra.runtime.choices)

    def _begun(self, task: Task, progress: Progress) -> Kept:
        config = configuration(task.cfg, task.problem, task.target)
        origin = task.origin({k: v for k, v in config.items() if k not in AFTERWARDS})
        found = self._starts.get(origin.fingerprint)
        if found is not None:
            return found
        return self._starts.keep(origin.fingerprint, Kept(task.begin(progress)))

    def _networks_of(self, cfg: DictConfig) -> Networks:
        parts = ("perceptual", "inversion", "geometry", "verdict", "device")
        key = {name: plain(cfg).get(name) for name in parts}
        node = plain(chosen_for(cfg.generator, cfg.problem.name))
        with self._loading:
            return self._networks.made(
                fingerprint(key | {"generator": node}),
                lambda: networks(cfg, [cfg.problem.name])[cfg.problem.name],
            )

    @staticmethod
    def _first(task: Task, start: StartingPoint) -> dict[str, Any]:
        generator, problem = start.prior_generator, start.problem
        (row,) = pictures.of_solutions(at_rest(start))
        image = task.measured.image
        C = start.geometry.C.abs().cpu().numpy()
        _, height, width = generator.image_size
        return {
            "solution": row,
            "target": None
            if image is None
            else embedded_pixels(to_pixels(image, generator.shown)[0]),
            "measurement": embedded_pixels(shown_measurement(problem, generator.shown)),
            "name": task.target["name"],
            "title": task.problem.title,
            "metric": start.perceptual.title,
            "threshold": problem.threshold,
            "entries": problem.entries,
            "dim": generator.latent_dim,
            "width": width,
            "height": height,
            "adapted": start.generator is not generator,
            "reached": start.inverted.reached,
            "seconds": start.seconds,
            "coupling": pictures.heat(C, float(C.max())),
        }

    @staticmethod
    def _recorded(task: Task, record: Record) -> dict[str, Any]:
        assert task.place is not None
        return {
            "place": str(task.place),
            "verdict": record.meta["verdict"],
            "method": record.meta["methods"][record.meta["explorer"]["method"]],
            "agreement": pictures.agreement(record),
            "draws": pictures.of_draws(record),
            "seconds": record.meta["timings"],
        }
