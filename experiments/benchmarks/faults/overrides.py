"""Random overrides of the configuration: each passes, or is refused in one line; none is a bug."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from eglass.configuration import CONF
from eglass.configuration.schema import ROOTS

from .jobs import page_of
from .kills import in_turns
from .running import Job, Run

PAGE = "experiments.benchmarks.faults.rehearsing"
#: What a setting is set to: numbers, words, nothing, what Hydra has a meaning for, and nonsense.
VALUES = (
    "0", "1", "2", "3", "7", "100", "-1", "-5", "0.5", "1e-3", "1.5", "1e9", ".nan", ".inf",
    "-.inf", "null", "true", "false", "abc", "''", "'a b'", "[]", "[1]", "[1,2,3]",
    "[0.1,0.2,0.9,0.9]", "[-1,1]", "[a,b]", "[[1]]", "{}", "{a:1}", "{_target_:os.system}",
    "???", "${seed}", "${nope}",
    "'${oc.env:HOME}'", "/", "/dev/null", "~", "1,2", "range(3)", "ü", "\\\\", "'\"'", "auto",
    "cpu",
)  # fmt: skip
#: What is no override at all, or one of no setting.
JUNK = (
    "=", "x", "seed", "=3", "seed==3", "seed=[1", "seed={a:", "seed='1", "+seed=1", "~seed",
    "~nope", "++nope=1", "+nope.more=2", "nope=1", "seed.more=1", "problem@here=inpainting",
    "explorer=nope", "problem=", "/=1", "hydra.nope=1", "generator=[dcgan]", "a b=1", "profile=x",
)  # fmt: skip
#: Settings that decide where results lie, and how a command runs: not for chance.
APART = ("results", "hydra", "tracking")


def composed(root: str) -> dict[str, Any]:
    """Return the configuration of a root of `conf/`, as it is composed."""
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        found: Any = OmegaConf.to_container(compose(root), resolve=False)
    return found


def settings(section: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every setting and every section by its dotted name, and what it is."""
    for key, value in section.items():
        name = f"{above}.{key}" if above else key
        if name in APART:
            continue
        yield name, value
        if isinstance(value, dict):
            yield from settings(value, name)


def drawn(root: str, known: list[tuple[str, Any]], rng: random.Random) -> tuple[str, ...]:
    """Return one to three overrides of a root."""
    return tuple(_one(known, rng) for _ in range(rng.choice((1, 1, 1, 2, 3))))


def _one(known: list[tuple[str, Any]], rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.1:
        return rng.choice(JUNK)
    if kind < 0.2:
        group = rng.choice(sorted(path for path in CONF.iterdir() if path.is_dir()))
        choices = sorted(group.glob("*.yaml")) or [group]
        return f"{group.name}={rng.choice(choices).stem}"
    name, value = rng.choice(known)
    if kind < 0.23:
        return f"~{name}"
    if kind < 0.26:
        # A typing mistake.
        at = rng.randrange(len(name))
        return f"{name[:at]}{name[at + 1 :]}={rng.choice(VALUES)}"
    if isinstance(value, (bool, str)) and kind < 0.5:
        return f"{name}={value}"
    if isinstance(value, (int, float)) and kind < 0.85:
        # Often a value that can be meant.
        return f"{name}={type(value)(value * rng.choice((0.5, 1, 1.5, 2)))}"
    return f"{name}={rng.choice(VALUES)}"


def overrides(count: int, place: Path, rng: random.Random, processes: int) -> pd.DataFrame:
    """Return a row for each random command line: its status, what it said, what it is.

    Args:
        count: how many.
        place: a folder to work in.
    """
    known = {root: list(settings(composed(root))) for root in ROOTS}
    roots = [name for name in ROOTS for _ in range(2 if name in ("config", "explore") else 1)]

    def tried(number: int, root: str, words: tuple[str, ...]) -> dict[str, Any]:
        job = page_of(Job(root, PAGE, root, words))
        ended = Run(job, place / f"{number:03d}").ended()
        lines = ended.said.splitlines()
        one_line = len(lines) == 1 and lines[0].startswith("error: ")
        return {
            "root": root,
            "overrides": " ".join(words),
            "status": ended.status,
            "passed": ended.status == 0 and not lines,
            "refused": ended.status == 2 and one_line,
            "failed_with_0": int(ended.status == 0 and "error" in ended.said),
            "traceback": not ended.is_clean or ended.status not in (0, 2),
            "said": ended.said[:500],
        }

    asked = []
    for number in range(count):
        root = rng.choice(roots)
        words = drawn(root, known[root], rng)
        asked.append(lambda n=number, r=root, w=words: tried(n, r, w))
    return pd.DataFrame(in_turns(asked, processes, "overrides"))
