"""What the faults did, counted: a row for each kind, a column for each thing that must not be."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ..results import Result

#: The file that the counts are kept in.
NAME = "faults"
#: What must not happen.
COUNTS = ("lost", "changed", "left", "accepted", "tracebacks", "executed", "failed_with_0")
HEADINGS = {
    "lost": "results lost",
    "changed": "changed",
    "left": "left behind",
    "accepted": "damaged accepted",
    "tracebacks": "tracebacks",
    "executed": "foreign code run",
    "failed_with_0": "failed with exit 0",
}


def counted(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return how often what must not be was, by kind of fault: 0 where it cannot be is empty."""
    rows = []
    for name, title in TITLES.items():
        if name not in tables:
            continue
        table = tables[name]
        row: dict[str, object] = {"what": title(table)}
        for column, parts in PARTS.items():
            there = [part for part in parts if part in table]
            row[column] = int(table[there].astype(int).to_numpy().sum()) if there else None
        rows.append(row)
    return pd.DataFrame(rows, columns=["what", *COUNTS])


def table(found: Result) -> str:
    """Return the counts as Markdown."""
    shown = found.tables["summary"].copy()
    for column in COUNTS:
        shown[column] = ["–" if pd.isna(n) else f"{int(n)}" for n in shown[column]]
    return shown.rename(columns={"what": "", **HEADINGS}).to_markdown(
        index=False, tablefmt="pipe", disable_numparse=True
    )


def resumption(found: Result) -> str:
    """Return how a long search went on, as a sentence."""
    (row,) = found.tables["resumed"].to_dict("records")
    return (
        f"A search of {row['steps']:,} steps, killed at step {row['killed_at']:,}, went on from "
        f"step {row['went_on_from']:,}, where its last checkpoint was, and came to the same."
    )


#: Which columns of a table count as what.
PARTS = {
    "lost": ("lost", "neither", "missing"),
    "changed": ("changed",),
    "left": ("left",),
    "accepted": ("accepted",),
    "tracebacks": ("tracebacks", "traceback"),
    "executed": ("executed",),
    "failed_with_0": ("failed_with_0",),
}


def _kills(table: pd.DataFrame) -> str:
    killed = table[table["killed"]]
    within = (killed["how"] == "bytes").sum()
    touches = (killed["how"] == "touch").sum()
    return (
        f"{len(killed)} kills: {len(killed) - within - touches} at random moments, {touches} "
        f"before something is done to a file, {within} in the middle of one"
    )


def _sharing(table: pd.DataFrame) -> str:
    twice = int(table["twice"].sum())
    return (
        f"{len(table)} times two or four processes on one folder, {table['killed'].sum()} of them "
        f"with a kill; {twice} records computed twice"
    )


TITLES = {
    "kills": _kills,
    "signals": lambda table: (
        f"{(~table['done']).sum()} times SIGINT or SIGTERM; "
        f"{table.loc[~table['done'], 'one_line'].sum()} ended in one line, with 130 or 143"
    ),
    "records": lambda table: f"{len(table)} cuts and flips of a record's files",
    "checkpoints": lambda table: (
        f"{len(table)} mutated checkpoints, {table['format'].nunique()} formats"
    ),
    "images": lambda table: f"{len(table)} mutated images, {table['format'].nunique()} formats",
    "overrides": lambda table: (
        f"{len(table)} random command lines: {table['passed'].sum()} pass, "
        f"{table['refused'].sum()} are refused in one line"
    ),
    "sharing": _sharing,
}
