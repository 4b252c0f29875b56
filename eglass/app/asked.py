"""What the page may ask for, and the settings of `eglass explore` that say the same."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf
from pydantic import Field

from eglass.app.uploads import Upload
from eglass.configuration.overrides import CONF
from eglass.errors import InputError
from eglass.settings import Crop, NotNegative, Positive, Seed, Text, complaint, settings

#: Fewer solutions say nothing of where they differ, more are not looked at.
Wanted = Annotated[int, Field(ge=2, le=100)]


@settings
class Target:
    """What is looked at.

    Attributes:
        kind: the generator's own image, a bundled picture, or a photograph that was uploaded.
        seed: of the generator's own image.
        picture: a choice of `target`.
        upload: which photograph.
        crop: what of a photograph; none leaves it to the pipeline.
    """

    kind: Literal["sample", "picture", "upload"] = "sample"
    seed: Seed = 1000
    picture: Text = "photograph"
    upload: Text | None = None
    crop: Crop | None = None

    def settings(self, upload: Upload | None) -> dict[str, Any]:
        """Return its settings, by their keys.

        Args:
            upload: the photograph.
        """
        if self.kind == "sample":
            return {"target": "sample", "target.seed": self.seed}
        cut = {} if self.crop is None else {"target.crop": [round(edge, 4) for edge in self.crop]}
        if self.kind == "picture":
            return {"target": self.picture, **cut}
        if upload is None:
            raise InputError("the photograph is not here any more: upload it again")
        return {"target": "photograph", "target.path": upload, **cut}


@settings
class Asked:
    """One exploration, as the page asks for it.

    Attributes:
        generator, problem, explorer: choices of these groups.
        target: what is looked at.
        mask: of inpainting: which painted mask; none leaves the problem's own region.
        count: how many solutions.
        noise: standard deviation of the measurement's noise; none leaves the problem's own.
        strict: threshold on ℓ2; none leaves the configured one.
        seed: of all that is drawn.
        consistent: bring every image onto the measurement.
    """

    generator: Text
    problem: Text
    explorer: Text
    target: Target
    mask: Text | None = None
    count: Wanted = 10
    noise: NotNegative | None = None
    strict: Positive | None = None
    seed: Seed | None = None
    consistent: bool = False

    @classmethod
    def of(cls, given: Any) -> Asked:
        """Return what JSON data ask for.

        Raises:
            InputError: they are not as expected.
        """
        if not isinstance(given, Mapping) or not isinstance(given.get("target"), Mapping):
            raise InputError("what is asked is no exploration: expected its settings, by name")
        return cls(**{**given, "target": Target(**given["target"])})

    def settings(self, uploads: Mapping[str, Upload]) -> dict[str, Any]:
        """Return the settings that ask for the same, by their keys.

        Args:
            uploads: the visitor's.

        Raises:
            InputError: a file is not here any more.
        """
        found: dict[str, Any] = {
            "generator": self.generator,
            "problem": self.problem,
            "explorer": self.explorer,
            **self.target.settings(uploads.get(self.target.upload or "")),
        }
        if self.mask is not None:
            if self.mask not in uploads:
                raise InputError("the mask is not here any more: paint it again")
            found |= {"problem.physics.box": None, "problem.physics.mask": uploads[self.mask]}
        given = {
            "count": self.count,
            "problem.noise": self.noise,
            "strict": self.strict,
            "seed": self.seed,
        }
        found |= {key: value for key, value in given.items() if value is not None}
        return found | ({"consistent": True} if self.consistent else {})


@dataclass(frozen=True)
class Base:
    """What `eglass app` was told: what the page asks comes in place of it.

    Attributes:
        choices: of groups, where they are not those of `eglass explore`.
        settings: all others, as they were typed.
        usual: the choices of `eglass explore`.
    """

    choices: Mapping[str, str]
    settings: Sequence[str]
    usual: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls) -> Base:
        """Return what this command was told."""
        hydra = HydraConfig.get()
        usual = OmegaConf.load(CONF / "explore.yaml").defaults
        lines = [line for line in usual if isinstance(line, DictConfig)]
        groups = {str(g): str(c) for line in lines for g, c in line.items()}
        taken = {g: str(hydra.runtime.choices[g]) for g in groups}
        return cls(
            {g: c for g, c in taken.items() if c != groups[g]},
            [
                each
                for each in hydra.overrides.task
                if each.split("=")[0].lstrip("+~") not in groups
                and not each.lstrip("+~").startswith("app.")
            ],
            groups,
        )

    def arguments(self, asked: Mapping[str, Any], *, typed: bool) -> list[str]:
        """Return the arguments of `eglass explore`.

        Args:
            asked: settings by their keys. A choice that is another one than this command's takes
                the settings of its group away.
            typed: for somebody to type: files under their own names, and nothing that goes without
                saying.
        """
        choices = {**self.choices}
        other = [
            group
            for group, choice in asked.items()
            if "." not in group and choices.get(group, choice) != choice
        ]
        mine = {**choices, **asked}
        kept = [
            each
            for each in self.settings
            if each.split("=")[0].lstrip("+~") not in mine
            and not any(each.lstrip("+~").startswith(f"{group}.") for group in other)
        ]
        said = {
            key: value for key, value in mine.items() if not typed or not self._goes(key, value)
        }
        return [*kept, *(f"{key}={_written(value, typed)}" for key, value in said.items())]

    def _goes(self, key: str, value: Any) -> bool:
        """Return whether a choice goes without saying; the problem is always named."""
        return key != "problem" and key in self.usual and self.usual[key] == value


def _written(value: Any, typed: bool) -> str:
    """Return a value as Hydra reads it."""
    if isinstance(value, Upload):
        name = value.name if typed else str(value.path)
        return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{','.join(map(str, value))}]"
    return str(value)


def commands(arguments: Sequence[str]) -> dict[str, str]:
    """Return what is to be typed for the same: of the package, and in a clone."""
    given = dict(each.split("=", 1) for each in arguments)
    problem = given.pop("problem")
    image = given.pop("target.path", "")
    others = shlex.quote(" ".join(f"{key}={value}" for key, value in given.items()))
    named = f" IMAGE={shlex.quote(image[1:-1])}" if image else ""
    return {
        "package": shlex.join(["eglass", "explore", *arguments]),
        "clone": f"make explore PROBLEM={problem}{named} ARGS={others}",
    }


def check_offered(asked: Asked, offered: Mapping[str, Sequence[str]]) -> None:
    """Refuse what the page does not offer: nothing else is to be reached from it.

    Args:
        offered: choices by group.

    Raises:
        InputError: a choice is not among them.
    """
    chosen = {"generator": asked.generator, "problem": asked.problem, "explorer": asked.explorer}
    if asked.target.kind == "picture":
        chosen["target"] = asked.target.picture
    for group, choice in chosen.items():
        if choice not in offered[group]:
            raise InputError(complaint(group, choice, f"one of {', '.join(offered[group])}"))
