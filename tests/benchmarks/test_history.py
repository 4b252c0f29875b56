"""What became slower is said, what did not is not, and every run is kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from omegaconf import DictConfig, OmegaConf

from eglass.errors import InputError
from experiments.benchmarks import history
from experiments.benchmarks.drawing import again, history_figure
from experiments.benchmarks.history import FASTER, RATIO, SECONDS, SLOWER, UNCHANGED
from experiments.benchmarks.results import (
    BATCHED,
    EGLASS,
    FLOOR,
    FUSED,
    Result,
    ratios,
)
from experiments.benchmarks.timing import keep

HOW = {"confidence": 0.95, "between_runs": {"ratio": 0.07, "seconds": 0.14}}


def geometry(
    seed: int = 0,
    *,
    ours: float = 1,
    all_of_it: float = 1,
    cpu: str = "x",
    rounds: int = 5,
    noise: float = 0.03,
    **about,
) -> Result:
    """Return seconds of two ways to both metrics, within some per cent of each other."""
    noises = np.random.default_rng(seed).normal(0, noise, (rounds, 2))
    seconds = np.exp(noises) * [ours * all_of_it, 0.7 * all_of_it]
    runs = pd.DataFrame(
        {
            "case": "dcgan",
            "contender": [FUSED, FLOOR] * rounds,
            "repetition": np.repeat(range(rounds), 2),
            "seconds": seconds.ravel(),
        }
    )
    taken = ratios(runs, [(FUSED, FLOOR)], by=["case"], paired=["repetition"])
    return result("geometry", {"runs": runs, "ratios": taken}, cpu=cpu, **about)


def result(
    name: str,
    tables: dict[str, pd.DataFrame],
    *,
    cpu: str = "x",
    date: str = "2026-01-02",
    **settings,
) -> Result:
    machine = {"cpu": cpu, "cores": 2, "threads": 2, "memory_gb": 8.0, "load": 1.0}
    config = {"bench": {"geometry": {"step": 1, "repetitions": 5} | settings, "aims": settings}}
    about = {"date": date, "commit": "abc", "config": config}
    return Result(about | {"benchmark": name, "environment": {"machine": machine}}, tables)


def said(now: Result, then: Result | None) -> dict[str, str]:
    """Return what is said of each quantity, by its unit; of several, by unit and quantity."""
    before = {} if then is None else {then.meta["benchmark"]: then}
    table = history.compared([now], before, **HOW)
    return {f"{row.unit} {row.quantity}": row.said for row in table.itertuples()}


RATIO_OF_OURS = f"{RATIO} dcgan: {FUSED} / {FLOOR}"
OURS, THEIRS = f"{SECONDS} dcgan: {FUSED}", f"{SECONDS} dcgan: {FLOOR}"


def test_a_doubled_time_is_called_slower_and_a_halved_one_faster():
    for factor, word in ((2, SLOWER), (0.5, FASTER)):
        found = said(geometry(1, ours=factor), geometry(0))
        assert found == {RATIO_OF_OURS: word, OURS: word, THEIRS: UNCHANGED}


def test_the_factor_is_the_change_and_its_interval_holds_it():
    table = history.compared([geometry(1, ours=2)], {"geometry": geometry(0)}, **HOW)
    (row,) = table[table["unit"] == RATIO].itertuples()
    assert row.low < 2 < row.high
    assert row.change == pytest.approx(2, rel=0.05)
    assert row.before == pytest.approx(1 / 0.7, rel=0.05)
    assert row.median == pytest.approx(2 / 0.7, rel=0.05)
    assert row.runs == 5


def test_a_ratio_with_ours_below_falls_where_ours_become_slower():
    assert said(solutions(ours=2), solutions())[f"{RATIO} N = 10: {BATCHED} / {EGLASS}"] == SLOWER


@pytest.mark.parametrize("other", [0, 1, 2, 3])
def test_the_same_code_is_called_the_same(other):
    assert set(said(geometry(other), geometry(0)).values()) == {UNCHANGED}


def test_a_slower_machine_moves_seconds_and_no_ratio():
    found = said(geometry(1, all_of_it=2), geometry(0))
    assert found == {RATIO_OF_OURS: UNCHANGED, OURS: SLOWER, THEIRS: SLOWER}


def test_of_another_machine_ratios_alone_are_compared():
    found = said(geometry(1, ours=2, all_of_it=3, cpu="y"), geometry(0))
    assert found == {RATIO_OF_OURS: SLOWER, **dict.fromkeys((OURS, THEIRS), "another machine")}


def test_other_settings_are_not_compared_and_are_named():
    found = set(said(geometry(1, ours=2, step=2), geometry(0)).values())
    assert found == {"other settings: bench.geometry.step"}
    # More rounds, another aim and what another version did not have decide nothing.
    assert SLOWER in said(geometry(1, ours=2, rounds=9, repetitions=9, new=1), geometry(0)).values()


def test_nothing_is_said_of_a_first_run():
    assert set(said(geometry(), None).values()) == {"new"}


def test_one_round_alone_is_not_judged():
    for now, then in ((1, 5), (5, 1)):
        found = said(geometry(1, ours=2, rounds=now), geometry(0, rounds=then))
        assert set(found.values()) == {"one round"}


def test_two_runs_differ_by_more_than_their_rounds_do():
    """A quarter more, of rounds within a thousandth of each other, is what another run gives."""
    for factor, word in ((1.25, UNCHANGED), (2, SLOWER)):
        found = said(geometry(1, ours=factor, noise=1e-3), geometry(0, noise=1e-3))
        assert found[OURS] == word


def test_an_interval_is_the_wider_the_more_are_compared():
    def width(cases: int) -> float:
        now, then = (
            pd.concat([geometry(seed).tables["runs"].assign(case=str(n)) for n in range(cases)])
            for seed in (1, 0)
        )
        one = [result("geometry", {"runs": runs, "ratios": NO_RATIOS}) for runs in (now, then)]
        table = history.compared(one[:1], {"geometry": one[1]}, **HOW)
        return (table["high"] / table["low"]).median()

    assert width(1) < width(10) < width(50)


NO_RATIOS = pd.DataFrame(columns=["over", "under"])


def solutions(*, ours: float = 1, lacking: int | None = None) -> Result:
    """Return seconds to ten solutions of targets that are not alike at all."""
    seeds, hard = range(1000, 1006), np.array([1, 2, 4, 8, 16, 32])
    noise = np.exp(np.random.default_rng(int(ours)).normal(0, 0.03, (2, len(seeds))))
    parts = [
        pd.DataFrame({"contender": name, "seed": seeds, "seconds": factor * hard * each})
        for name, factor, each in zip((EGLASS, BATCHED), (0.3 * ours, 0.9), noise)
    ]
    runs = pd.concat(parts, ignore_index=True).assign(count=10, repetition=0)
    runs.loc[runs["seed"] == lacking, "seconds"] = np.nan
    taken = ratios(runs, [(BATCHED, EGLASS)], by=["count"], paired=["seed", "repetition"])
    return result("solutions_inpainting", {"runs": runs, "ratios": taken})


def test_targets_are_compared_in_pairs_however_different_they_are():
    found = said(solutions(ours=2), solutions())
    assert found[f"{SECONDS} N = 10: {EGLASS}"] == SLOWER
    assert found[f"{SECONDS} N = 10: {BATCHED}"] == UNCHANGED


def test_a_target_that_was_not_solved_is_left_out():
    assert (
        said(solutions(ours=2, lacking=1005), solutions())[f"{SECONDS} N = 10: {EGLASS}"] == SLOWER
    )
    assert said(solutions(lacking=1005), solutions())[f"{SECONDS} N = 10: {EGLASS}"] == UNCHANGED


def test_one_target_alone_is_set_against_each_of_many():
    runs = pd.DataFrame({"targets": [1, 8], "repetition": 0, "seconds": [3.0, 0.6]})
    taken = pd.DataFrame({"targets": [8], "median": [5.0]})
    observed = history.observed(result("targets", {"runs": runs, "ratios": taken}))
    assert observed[["quantity", "unit", "slower", "value"]].to_numpy().tolist() == [
        ["one target alone / each of 8 targets", RATIO, -1, 5.0],
        ["one target alone", SECONDS, 1, 3.0],
        ["each of 8 targets", SECONDS, 1, 0.6],
    ]


def test_lines_name_what_became_slower_and_by_how_much():
    table = history.compared([geometry(1, ours=2)], {"geometry": geometry(0)}, **HOW)
    ratio, seconds, same = history.told(table).splitlines()
    assert ratio.startswith(f"slower: geometry, dcgan: {FUSED} / {FLOOR}: 1.4")
    assert "times as long [" in ratio
    assert seconds.startswith(f"slower: geometry, dcgan: {FUSED}: ")
    assert " s, " in seconds
    assert same == "no change seen in 1 of 3 ratios and times"
    table = history.compared([geometry()], {}, **HOW)
    assert history.told(table) == "not compared: geometry (3; new)"


@pytest.fixture
def cfg(tmp_path) -> DictConfig:
    comparison = {"bench": {"comparison": HOW}}
    return OmegaConf.create({"device": "cpu", "results": str(tmp_path)} | comparison)


@pytest.mark.parametrize("name", ["geometry.json", "history.csv"])
@pytest.mark.parametrize("content", ["", "[]", "{}", "a,b\n1,2\n"])
def test_what_is_damaged_is_refused_before_anything_is_measured(name, content, cfg, tmp_path):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / name).write_text(content)

    def too_late():
        raise AssertionError("it is being measured")
        yield

    with pytest.raises(InputError, match=f"{name} is no"):
        keep(cfg, too_late())


def test_every_run_is_kept_compared_with_the_one_before_and_drawn(cfg, tmp_path, capsys):
    folder = tmp_path / "cpu"
    assert keep(cfg, [geometry(0)]) == "not compared: geometry (3; new)"
    assert again(history.read(folder)).empty
    first = (folder / "history.csv").read_text()
    assert keep(cfg, [geometry(1, ours=2, date="2026-02-03")]).count("slower: ") == 2
    assert (
        capsys.readouterr().out.split()
        == [f"{folder / 'geometry.json'}", f"{folder / 'history.csv'}"] * 2
    )
    # What was stored is the newer one now.
    assert SLOWER not in keep(cfg, [geometry(2, ours=2, date="2026-03-04")])
    assert (folder / "history.csv").read_text().startswith(first)
    kept = history.read(folder)
    assert list(kept) == history.COLUMNS
    assert kept["said"].tolist() == ["new"] * 3 + [SLOWER] * 2 + [UNCHANGED] * 4
    assert kept["median"].to_numpy()[-3:] == pytest.approx(
        history.compared([geometry(2, ours=2)], {}, **HOW)["median"].to_numpy(), rel=1e-3
    )
    (axes,) = history_figure(again(kept)).axes
    (line,) = axes.lines
    assert line.get_ydata().tolist() == kept.loc[kept["unit"] == RATIO, "median"].tolist()
