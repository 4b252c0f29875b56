"""What was found, held against the paper's claims, and sets of solutions against one another."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "assessment": ["Claim", "assess"],
        "calibration": [
            "FromScratch",
            "FromTheTruth",
            "ReflectionMoves",
            "SliceMoves",
            "Statistics",
            "simulate",
        ],
        "claims": ["paper_claims"],
        "diversity": ["distinct_modes", "mean_pairwise"],
        "ranks": ["Band", "Simulated"],
        "realism": ["Realism"],
        "scoreboard": ["Reference", "Score", "score"],
        "statistics": ["interval"],
        "summary": ["summarise"],
        "verdict": ["RangeTest", "Verdict"],
    },
)
