"""The command line: one line and exit 2 for a bad input, before anything heavy is imported."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hydra.errors import MissingConfigException

from eglass.configuration import command
from eglass.configuration.build import build
from eglass.configuration.overrides import in_words
from eglass.errors import InputError
from tests.configuration import job


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that does nothing, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.configuration.job", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def refused(monkeypatch, capsys):
    """Run a command in this process that must fail, and return the one line that it says."""

    def refused(root: str, *arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", [job.__name__, *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ending:
            command(lambda cfg: pytest.fail("it ran"), root)
        assert ending.value.code == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("error: ")
        return line.removeprefix("error: ")

    return refused


@pytest.mark.parametrize(
    ("root", "arguments", "line"),
    [
        ("explore", ["explorer.K=abc"], "explorer.K is abc: expected a list"),
        ("config", ["walks.steps=[.nan]"], "walks.steps is ['.nan']: expected a list"),
        ("explore", ["explorer.kk=3"], "there is no setting explorer.kk: did you mean explorer.k?"),
        (
            "gallery",
            ["problems.motion_deblurring.physics.filter._args_=7"],
            "problems.motion_deblurring.physics.filter._args_ is 7: expected a list",
        ),
    ],
)
def test_a_refusal_is_one_line_and_comes_before_anything_heavy(root, arguments, line):
    done = run(root, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {line}")
    assert done.stderr.count("\n") == 1
    assert done.stdout == "imported:\n"


@pytest.mark.parametrize("asked", [["--help"], ["--cfg", "job"], ["seed=3"]])
def test_what_is_shown_needs_nothing_heavy(asked):
    done = run("config", *asked)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("imported:\n")


def test_every_job_of_many_is_checked(tmp_path):
    done = run("explore", "--multirun", f"results={tmp_path}", "seed=1,-2,3")
    assert done.returncode == 2
    assert done.stdout.count("composed") == 2
    assert done.stderr.splitlines()[-1].startswith("error: seed is -2: expected a whole number")


def test_what_optuna_sends_passes(tmp_path):
    few = ["~hydra.callbacks.before_all", "hydra.sweeper.n_trials=2", f"results={tmp_path}"]
    done = run("sweep", "--multirun", *few)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("composed") == 2


@pytest.mark.parametrize(
    ("root", "arguments", "line"),
    [
        ("config", ["problems.inpainting.threshold=abc"], "problems.inpainting.threshold is abc:"),
        ("explore", ["problem.threshold=abc"], "problem.threshold is abc: expected a finite"),
        ("explore", ["seed=abc"], "seed is abc: expected a whole number from 0 to"),
        ("explore", ["seed=-1"], "seed is -1: expected a whole number from 0 to"),
        ("explore", ["inversion.steps=1e400"], "inversion.steps is .inf: expected a whole number"),
        ("explore", ["explorer.K=[]"], "explorer.K is []: expected a list of one or more"),
        ("explore", ["count=abc"], "count is abc: expected a whole number from 2 on"),
        ("explore", ["count=2.5"], "count is 2.5: expected a whole number from 2 on"),
        ("explore", ["+explorer.kk=3"], "there is no setting explorer.kk: did you mean explorer.k"),
        ("explore", ["count=1", "seed=x"], "seed is x: expected a whole number from 0 to "),
        ("explore", ["explorr.k=3"], "there is no setting explorr: did you mean explorer?"),
        ("explore", ["~nope"], "there is no setting nope: the command has generator, "),
        ("explore", ["samples.count=3"], "samples: this command has no such setting"),
        ("bench", ["tracking=online"], "tracking: this command has no such setting"),
        (
            "explore",
            ["explorer=repulsion", "explorer.rady=3"],
            "there is no setting explorer.rady:",
        ),
        ("explore", ["profile=smoke"], "profile is no choice of this command: set profile.name"),
        ("config", ["+profile=smoke"], "profile is chosen already"),
        ("explore", ["explorer=null"], "explorer is null: expected one of algorithm1, "),
        ("explore", ["explorer=3"], "explorer is 3: expected one of algorithm1, "),
        ("explore", ["count"], "cannot read count: expected key=value"),
        ("explore", ["=3"], "cannot read =3: expected key=value"),
        ("explore", ["seed=1,2"], "seed=1,2 has a comma: write seed=[1,2] for a list"),
        ("explore", ["--config-name", "nope"], "Cannot find primary config 'nope'"),
        ("explore", ["--config-name", "sweep", "eta=0"], "eta is 0: expected"),
        ("explore", ["--bogus"], "unrecognized arguments: --bogus"),
        ("explore", ["--multirun", "--cfg", "job"], "--multirun and --cfg exclude one another"),
    ],
)
def test_bad_arguments_are_one_line(refused, root, arguments, line):
    assert refused(root, *arguments).startswith(line)


def test_a_wrong_choice_is_named_with_the_others_and_the_nearest(refused):
    line = refused("explore", "explorer=repulson")
    assert "no explorer/repulson: did you mean explorer=repulsion?" in line
    assert "algorithm1, algorithm1_sphere, eigenvectors" in line


@pytest.mark.parametrize("value", ["it's.jpg", "a(1).jpg", "a [1].jpg", "a \"b'.jpg"])
def test_a_value_that_hydra_cannot_read_comes_back_as_it_is_to_be_typed(refused, value):
    line = refused("explore", f"target.path={value}")
    assert line.startswith("cannot read target.path=")
    typed = line[line.index("shell's, ") + len("shell's, ") :]
    echo = subprocess.run(
        f"{sys.executable} -m tests.configuration.job explore seed=abc {typed}",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert echo.stderr.startswith("error: seed is abc")


def test_a_refusal_of_the_task_itself_is_one_line(monkeypatch, capsys):
    def task(cfg):
        raise InputError("no image at x.jpg:\n give the path of an image file")

    monkeypatch.setattr(sys, "argv", ["task"])
    with pytest.raises(SystemExit):
        command(task, "explore")
    assert capsys.readouterr().err == "error: no image at x.jpg: give the path of an image file\n"


def test_a_bug_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["task"])
    with pytest.raises(ZeroDivisionError):
        command(lambda cfg: 1 / 0, "explore")


def test_where_no_ray_cluster_is_reached_one_line_says_so(monkeypatch, capsys):
    def job(cfg):
        raise ConnectionError("Could not find any running Ray instance. Please specify the one …")

    monkeypatch.setattr(sys, "argv", ["task"])
    with pytest.raises(SystemExit) as ended:
        command(job, "explore")
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "there is no Ray cluster that can be reached from here" in line


def test_a_problem_under_the_name_of_another_is_refused(refused):
    line = refused("explore", "problem=inpainting", "problem.name=super_resolution")
    assert line.endswith("expected inpainting, as its file is called")


def test_without_slurm_its_launcher_is_refused_on_one_line(refused, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    line = refused("sweep", "--multirun", "hydra/launcher=submitit_slurm")
    assert "there is no Slurm on this machine" in line


def test_what_comes_with_an_extra_is_said_where_it_is_missing(monkeypatch):
    error = MissingConfigException("", missing_cfg_file="hydra/sweeper/optuna", options=["basic"])
    line = in_words(error, "sweep", [])
    assert (
        line == "hydra/sweeper/optuna is not installed: it comes with pip install 'eglass[sweeps]'"
    )


def test_a_target_is_found_where_one_stands(monkeypatch, tmp_path):
    (tmp_path / "module_of_a_user.py").write_text("def three():\n    return 3\n")
    monkeypatch.chdir(tmp_path)
    # What an installed command begins with has no place for where one stands.
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each])
    monkeypatch.setattr(sys, "argv", [job.__name__])
    found = []
    command(lambda cfg: found.append(build({"_target_": "module_of_a_user.three"})), "explore")
    assert found == [3]


def test_a_target_that_there_is_not_is_named(monkeypatch):
    with pytest.raises(InputError, match=r"^nobodys\.Net cannot be imported \(No module named"):
        build({"_target_": "builtins.dict", "module": {"_target_": "nobodys.Net"}})


def test_a_command_that_logs_nothing_leaves_no_file(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [job.__name__])
    command(job.main, "explore")
    assert list(tmp_path.iterdir()) == []


def test_what_many_jobs_share_is_checked_before_the_first_of_them(refused):
    line = refused("config", "--multirun", "shard.index=0,1", "shard.of=2", "count=1")
    assert line.startswith("count is 1")
