"""Records are read back where they may be used, and it is said why others are computed again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from eglass.files import set_aside
from eglass.records.origin import Origin
from eglass.records.record import DamagedRecord, Record
from eglass.records.standing import USED, Standing


@dataclass
class Reader:
    """Reads records back, and counts what became of them.

    Attributes:
        records: which are used: `current` those that would come out the same, and those of other
            code; `recompute` those of this code alone; `keep` all that are whole.
        counts: of the records that were asked for, by their standing.
        damaged: the names that damaged ones were given.
    """

    records: str = "current"
    counts: Counter[Standing] = field(default_factory=Counter)
    damaged: list[Path] = field(default_factory=list)

    def read(self, folder: Path, origin: Origin) -> Record | None:
        """Return the record in a folder; none where it is to be computed.

        A damaged one is given another name, for somebody to look at.
        """
        standing, record = origin.standing(folder), None
        if standing in USED[self.records]:
            try:
                record = Record.load(folder)
                record.standing = standing
            except DamagedRecord:
                standing = Standing.DAMAGED
        if standing is Standing.DAMAGED:
            # Another process may have done so this moment.
            with suppress(FileNotFoundError):
                self.damaged.append(set_aside(folder))
        self.counts[standing] += 1
        return record

    def lines(self) -> Iterator[str]:
        """Yield a line about those that are computed again, and one about those of other code."""
        used = USED[self.records]
        again = {s: n for s, n in self.counts.items() if s not in used and s != Standing.MISSING}
        if again:
            why = ", ".join(f"{count} {standing.value}" for standing, count in again.items())
            kept = f"; kept as {self.damaged[0]}" if len(self.damaged) == 1 else ""
            if len(self.damaged) > 1:
                kept = f"; kept as {self.damaged[0]} and so on"
            yield f"records: {sum(again.values())} to be computed again ({why}{kept})"
        other = Counter({s: n for s, n in self.counts.items() if s in used})
        del other[Standing.CURRENT]
        if other:
            yield f"records: {_kept(other, self.records)}"


def notes(records: list[Record]) -> list[str]:
    """Return what everything drawn from these records must say of those that are not current."""
    other = Counter(r.standing for r in records if r.standing is not Standing.CURRENT)
    if not other:
        return []
    why = ", ".join(f"{count} of {standing.value}" for standing, count in other.items())
    return [
        f"{sum(other.values())} of {len(records)} records were kept although not current: {why}."
    ]


def _kept(other: dict[Standing, int], records: str) -> str:
    why = ", ".join(f"{count} of {standing.value}" for standing, count in other.items())
    if records == "keep":
        return f"{why}, kept because records=keep"
    return f"{why} kept: records=recompute computes them again"
