#!/usr/bin/env python3
"""Makes federation/tests/vectors/performance.json: decided proposals and what
SciPy and scikit-learn make of them.

    python3 -m venv /tmp/vectors
    /tmp/vectors/bin/pip install scipy==1.17.1 scikit-learn==1.9.1 numpy==2.4.6 statsmodels==0.15.0
    /tmp/vectors/bin/python scripts/vectors/performance.py

They come from a fixed seed: the same file comes out each time. `forecasts`
holds cases of [[[confidence, accepted, count], ...], pearson, brier, skill,
bins], pearson and skill null where they are not defined, a bin as
[mean confidence, share accepted]; `wilson` holds [part, of, low, high];
`newcombe` holds [part, of, part before, of before, low, high].
"""

import json
import math
import pathlib
import random
import warnings

import numpy as np
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss
from statsmodels.stats.proportion import confint_proportions_2indep

SEED = 20261124


def forecasts(draw: random.Random) -> list[tuple[float, int, int]]:
    """Proposals of an agent that is calibrated, bold, shy or blind."""
    size = draw.choice([1, 2, 3, 4, draw.randint(5, 30), draw.randint(30, 150)])
    kind = draw.choice(["calibrated", "bold", "shy", "blind", "constant"])
    digits = draw.choice([1, 2, 6, 17])
    rows: dict[tuple[float, int], int] = {}
    for _ in range(size):
        truth = draw.random()
        said = {
            "calibrated": truth,
            "bold": truth**0.3,
            "shy": 0.4 + 0.2 * truth,
            "blind": draw.random(),
            "constant": 0.8,
        }[kind]
        said = min(1.0, max(0.0, round(said, digits)))
        row = (said, int(draw.random() < truth))
        rows[row] = rows.get(row, 0) + draw.choice([1, 1, 1, 2, 40])
    return [(said, accepted, count) for (said, accepted), count in rows.items()]


def edges() -> list[list[tuple[float, int, int]]]:
    """On the edges of the bins, and at the border of what is defined."""
    return [
        [(n / 10, n % 2, 3) for n in range(11)],
        [(n * 0.1, (n + 1) % 2, 2) for n in range(11)],
        [(0.0, 0, 5), (1.0, 1, 5)],
        [(0.0, 1, 5), (1.0, 0, 5)],
        [(0.5, 1, 1), (0.5, 0, 1)],
        [(0.9, 1, 100)],
        [(0.9, 1, 1), (0.2, 1, 2)],
        [(0.7, 1, 1), (0.3, 0, 1)],
        [(0.123456789012345, 1, 7), (0.123456789012346, 0, 9), (0.2, 1, 1)],
    ]


def spread(rows):
    said = np.repeat([r[0] for r in rows], [r[2] for r in rows])
    came = np.repeat([r[1] for r in rows], [r[2] for r in rows])
    return said, came


def pearson(said, came):
    if len(said) < 3 or len(set(said)) < 2 or len(set(came)) < 2:
        return None
    value = float(stats.pearsonr(said, came).statistic)
    return value if math.isfinite(value) else None


def case(rows):
    said, came = spread(rows)
    score = float(brier_score_loss(came, said, pos_label=1))
    base = float(np.mean(came))
    reference = float(brier_score_loss(came, np.full(len(came), base), pos_label=1))
    skill = 1 - score / reference if 0 < base < 1 else None
    share, mean = calibration_curve(came, said, n_bins=10, strategy="uniform")
    return [rows, pearson(said, came), score, skill, [list(b) for b in zip(mean.tolist(), share.tolist())]]


def wilson(part, of):
    ends = stats.binomtest(part, of).proportion_ci(confidence_level=0.95, method="wilson")
    return [part, of, float(ends.low), float(ends.high)]


def newcombe(part, of, part_before, of_before):
    low, high = confint_proportions_2indep(
        part, of, part_before, of_before, method="newcomb", compare="diff", alpha=0.05
    )
    return [part, of, part_before, of_before, float(low), float(high)]


def main() -> None:
    warnings.simplefilter("ignore")
    draw = random.Random(SEED)
    cases = [case(rows) for rows in edges()]
    cases += [case(forecasts(draw)) for _ in range(240)]
    intervals = [wilson(part, of) for of in (1, 2, 3, 10, 37) for part in range(of + 1)]
    for _ in range(200):
        of = draw.choice([draw.randint(1, 60), draw.randint(60, 100_000)])
        intervals.append(wilson(draw.randint(0, of), of))
    differences = []
    for _ in range(200):
        of, before = draw.randint(1, 400), draw.randint(1, 400)
        differences.append(newcombe(draw.randint(0, of), of, draw.randint(0, before), before))
    root = pathlib.Path(__file__).resolve().parents[2]
    out = root / "federation/tests/vectors/performance.json"
    lines = [
        "{",
        '"forecasts": [',
        ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases),
        '],\n"wilson": ',
        json.dumps(intervals, separators=(",", ":")),
        ',\n"newcombe": ',
        json.dumps(differences, separators=(",", ":")),
        "}",
    ]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(cases)} cases, {len(intervals)} intervals, {len(differences)} differences: {out}")


if __name__ == "__main__":
    main()
