"""A sweep's jobs, gathered from their records: what each tried, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from eglass.errors import InputError
from eglass.records import Record, read_meta, stamp


@dataclass(frozen=True)
class Sweep:
    """All jobs of a sweep, best first; both tables are indexed by the job's folder.

    Attributes:
        settings: a column a parameter: every setting that some job was given and not all share.
        summaries: a column a number of the jobs' summaries.
        objective: the column of `summaries` that was searched.
        maximise: whether more of it is better.
        note: what everything drawn from these jobs must say.
    """

    settings: pd.DataFrame
    summaries: pd.DataFrame
    objective: str
    maximise: bool
    note: str = ""

    @property
    def scores(self) -> pd.Series:
        """What each job scored."""
        return self.summaries[self.objective]

    @property
    def table(self) -> pd.DataFrame:
        """One row a job: its settings, then its numbers, the objective first."""
        others = self.summaries.drop(columns=self.objective)
        return pd.concat([self.settings, self.scores, others], axis=1)

    def command(self, job: str) -> str:
        """Return the overrides that repeat a job."""
        return " ".join(f"{name}={values[job]}" for name, values in self.settings.items())


def gather(folder: Path, objective: str, maximise: bool) -> Sweep:
    """Read the records of all jobs in `folder`.

    Raises:
        InputError: there is none, or the objective is not among their numbers.
    """
    metas: dict[str, dict[str, Any]] = {
        path.parents[1].name: read_meta(path.parent)
        for path in sorted(folder.glob("*/job/record.json"))
    }
    if not metas:
        raise InputError(f"no job is recorded in {folder}: run `eglass sweep` first")
    summaries = pd.DataFrame({job: meta["summary"] for job, meta in metas.items()}).T
    if objective not in summaries:
        raise InputError(f"objective is {objective}: expected one of {', '.join(summaries)}")
    summaries = summaries.sort_values(objective, ascending=not maximise)
    given = {name: None for meta in metas.values() for name in meta["overrides"]}
    everything = pd.json_normalize([meta["settings"] for meta in metas.values()])
    everything.index = pd.Index(metas)
    # A choice of a whole section, such as problem=inpainting, is among Hydra's choices.
    columns = {
        name: everything[column]
        for name in given
        for column in (name, f"choices.{name}")
        if column in everything
    }
    settings = pd.DataFrame(columns, index=everything.index)
    varied = [name for name, values in settings.items() if values.astype(str).nunique() > 1]
    note = stamp(Record(meta) for meta in metas.values())
    return Sweep(settings[varied].loc[summaries.index], summaries, objective, maximise, note)


#: Fewer jobs than this teach a forest nothing.
FEWEST = 10


@dataclass(frozen=True)
class Importance:
    """How much each parameter matters to the score.

    Attributes:
        table: one row a parameter, the most important first: mean and std of the loss in R² over
            the shuffles.
        explained: R² of the forest on jobs that its trees have not seen.
    """

    table: pd.DataFrame
    explained: float


def importance(sweep: Sweep, seed: int, repeats: int = 30) -> Importance | None:
    """Say how much each parameter matters to the score; none where the jobs do not tell.

    A random forest learns the score from the settings; a parameter matters as much as the forest
    explains less once its values are shuffled among the jobs (Breiman, 2001). The jobs do not tell
    where there are too few, or where the forest explains nothing of those that it has not seen.

    Args:
        seed: of the forest and of the shuffling.
        repeats: shuffles of each parameter.
    """
    # Imported on use: only the extra for sweeps installs it.
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance

    scored = sweep.scores.dropna()
    if len(scored) < FEWEST:
        return None
    # A forest needs an order, and no more: that of the values' names does where there is none.
    codes = sweep.settings.loc[scored.index].apply(_ordered)
    forest = RandomForestRegressor(n_estimators=100, oob_score=True, random_state=seed)
    forest.fit(codes, scored)
    if forest.oob_score_ <= 0:
        return None
    found = permutation_importance(forest, codes, scored, n_repeats=repeats, random_state=seed)
    table = pd.DataFrame(
        {"mean": found.importances_mean, "std": found.importances_std}, index=codes.columns
    )
    return Importance(table.sort_values("mean", ascending=False), float(forest.oob_score_))


def _ordered(values: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    return numbers if numbers.notna().all() else values.astype(str).astype("category").cat.codes
