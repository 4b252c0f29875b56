"""The command `eglass`: one word for each page of `experiments`, and the settings that it takes.

Nothing heavy is imported before a page runs: `eglass --help` answers at once.
"""

from __future__ import annotations

import ast
import os
import runpy
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

PAGES = "eglass.experiments"


@dataclass(frozen=True)
class Command:
    """A page of `experiments`, and what it is called with.

    Attributes:
        page: its name in `experiments`.
        before: arguments that come before those typed; one that is typed wins.
        then: a page that runs after it, with the settings that both know.
        about: what `eglass --help` says of it; none takes the first line of the page.
    """

    page: str
    before: Sequence[str] = ()
    then: str | None = None
    about: str | None = None

    @property
    def summary(self) -> str:
        """What it does, in one line."""
        if self.about is not None:
            return self.about
        path = files(PAGES).joinpath(*self.page.split("."))
        source = path.joinpath("__main__.py") if path.is_dir() else path.with_suffix(".py")  # type: ignore[attr-defined]
        text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
        return text.splitlines()[0]


COMMANDS = {
    "reproduce": Command("reproduce"),
    "explore": Command("explore"),
    "app": Command("app"),
    "gallery": Command("gallery"),
    "compare": Command("compare"),
    "exact": Command("exact"),
    "train": Command("train"),
    "phantoms": Command(
        "train",
        (
            "profile.name=train-phantoms",
            "images=phantoms",
            "size=[1,64,64]",
            "training.mirrored=all",
        ),
        about="A generator of tomography's phantoms, for profile=phantoms.",
    ),
    "sweep": Command("sweep", ("--multirun",), then="sweep_report",
                     about="Search the settings with Optuna; then what was found."),
    "sweep-report": Command("sweep_report"),
    "all-targets": Command("all_targets", ("--multirun",)),
    "verify": Command("verify"),
    "figures": Command("figures"),
    "fig1": Command("fig1_correlation"),
    "fig2": Command("fig2_super_resolution"),
    "fig3": Command("fig3_inpainting"),
    "table1": Command("table1_timing"),
    "claims": Command("claims"),
    "bench": Command("benchmarks"),
    "faults": Command("benchmarks.faults"),
    "bench-figures": Command("benchmarks.drawing"),
    "calibrate": Command("calibrate"),
    "weights": Command("weights"),
    "cite": Command("cite"),
}  # fmt: skip

#: What a sweep's report knows of a sweep's settings.
SHARED = ("results=", "profile.name=", "objective=", "hydra.sweeper.direction=")

COMPLETION = """\
_eglass() {
  local words="%s completion"
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[1]}"))
  else
    # Hydra completes the settings of a program; it is not to see which of ours it is.
    COMPREPLY=($(COMP_LINE="eglass${COMP_LINE#* "${COMP_WORDS[1]}"}" \\
      eglass "${COMP_WORDS[1]}" --shell-completion query=bash 2>/dev/null))
  fi
}
complete -o nospace -o default -F _eglass eglass"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that is named first, with the arguments behind it.

    Args:
        arguments: of the command line; none takes this process's.
    """
    if arguments is None:
        # Until a command has begun nothing is to be said; then it has a line of its own.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    name, *given = (sys.argv[1:] if arguments is None else arguments) or [""]
    if name in ("", "-h", "--help"):
        print(usage())
    elif name == "--version":
        from importlib.metadata import version

        print("eglass", version("eglass"))
    elif name == "completion":
        print(COMPLETION % " ".join(COMMANDS))
    elif name in COMMANDS:
        run(name, COMMANDS[name], given)
    else:
        import difflib

        close = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {close[0]}? The" if close else "the"
        print(f"error: no command {name}: {hint} commands are {', '.join(COMMANDS)}",
              file=sys.stderr)  # fmt: skip
        sys.exit(2)


def usage() -> str:
    """Return what `eglass --help` says."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {each.summary}" for name, each in COMMANDS.items()]
    return "\n".join(
        [
            "eglass COMMAND [setting=value …]",
            "",
            *lines,
            f'  {"completion":<{width}}  A shell\'s completion: eval "$(eglass completion)".',
            "",
            "eglass COMMAND --help explains a command's settings. Results lie in results/, where",
            "one stands; --config-dir FOLDER adds configuration files of your own.",
        ]
    )


def run(name: str, command: Command, given: Sequence[str]) -> None:
    """Run a page as `python -m` would, and what comes after it.

    Args:
        name: of the command.
        command: which page.
        given: the arguments that were typed.
    """
    typed = {each.split("=")[0] for each in given}
    # Hydra takes one action; the one that is typed wins.
    action = any(each.startswith("-") and each not in ("--config-dir", "-cd") for each in typed)
    before = [
        each
        for each in command.before
        if each.split("=")[0] not in typed and not (action and each.startswith("-"))
    ]
    _run(name, command.page, [*before, *given])
    if command.then is not None and not action:
        _run(name, command.then, [each for each in given if each.startswith(SHARED)])


def _run(name: str, page: str, arguments: Sequence[str]) -> None:
    # Of a launcher's workers and of Hydra's own help, this is the program's name.
    sys.argv = [f"eglass {name}", *arguments]
    try:
        runpy.run_module(f"{PAGES}.{page}", run_name="__main__", alter_sys=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain of it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + signal.SIGPIPE)
