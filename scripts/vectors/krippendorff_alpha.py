#!/usr/bin/env python3
"""Makes federation/tests/vectors/krippendorff.json: tables and their alpha.

The values are those of the package `krippendorff` 0.9.0 (PyPI) with numpy
2.4.6 on Python 3.11; the Rust test demands the same to 1e-9. To run it again:

    python3 -m venv /tmp/vectors
    /tmp/vectors/bin/pip install krippendorff==0.9.0 numpy==2.4.6
    /tmp/vectors/bin/python scripts/vectors/krippendorff_alpha.py

The tables come from a fixed seed: the same file comes out each time. A table
is [metric, units, alpha]: metric is "n" (nominal) or "i" (interval), a unit
has one value per coder, null where there is none, and alpha is null where the
package refuses the table or yields no number.
"""

import json
import math
import pathlib
import random
import warnings

import krippendorff
import numpy as np

SEED = 20261123
RANDOM_TABLES = 300


def table(draw: random.Random) -> tuple[str, list[list[float | None]]]:
    """Coders who follow a hidden truth more or less, with gaps."""
    metric = draw.choice("ni")
    coders = draw.randint(2, 9)
    units = draw.choice([draw.randint(2, 6), draw.randint(2, 15), draw.randint(2, 40)])
    categories = draw.randint(2, 6)
    gaps = draw.choice([0.0, 0.1, 0.3, 0.6, 0.85])
    skill = draw.choice([0.0, 0.3, 0.7, 0.9, 1.0])
    values = [float(n) for n in range(categories)]
    if metric == "i" and draw.random() < 0.6:
        scale = draw.choice([0.001, 1.0, 10.0, 1e6])
        values = [round(draw.uniform(-scale, scale), 6) for _ in values]
    rows = []
    for _ in range(units):
        truth = draw.choice(values)
        row = []
        for _ in range(coders):
            said = truth if draw.random() < skill else draw.choice(values)
            row.append(None if draw.random() < gaps else said)
        rows.append(row)
    return metric, rows


def edges() -> list[tuple[str, list[list[float | None]]]]:
    """Tables at the border of what is defined."""
    found = []
    for metric in "ni":
        found += [
            (metric, [[1.0, 1.0], [1.0, 1.0]]),  # no variation
            (metric, [[2.0, 2.0, None], [None, 2.0, 2.0], [2.0, None, None]]),
            (metric, [[1.0, 1.0], [1.0, 1.0], [2.0, None]]),  # none in the pairable part
            (metric, [[1.0, None], [None, 2.0]]),  # nothing pairable
            (metric, [[None, None], [None, None]]),
            (metric, [[0.0, 1.0], [None, None]]),  # one unit
            (metric, [[0.0, 1.0], [1.0, 0.0]]),  # the reverse of agreement
            (metric, [[0.0, 0.0], [1.0, 1.0]]),  # perfect
            (metric, [[0.0, 0.0, None], [1.0, None, None], [1.0, 1.0, 1.0]]),
        ]
    return found


def alpha(metric: str, rows: list[list[float | None]]) -> float | None:
    data = np.array([[math.nan if v is None else v for v in row] for row in rows]).T
    level = {"n": "nominal", "i": "interval"}[metric]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = float(krippendorff.alpha(reliability_data=data, level_of_measurement=level))
        except ValueError:
            return None
    return value if math.isfinite(value) else None


def compact(value: float | None) -> float | int | None:
    """Whole numbers without their fraction, to keep the file small."""
    return int(value) if value is not None and value == int(value) else value


def main() -> None:
    draw = random.Random(SEED)
    tables = edges() + [table(draw) for _ in range(RANDOM_TABLES)]
    lines = [
        json.dumps(
            [metric, [[compact(v) for v in row] for row in rows], alpha(metric, rows)],
            separators=(",", ":"),
        )
        for metric, rows in tables
    ]
    root = pathlib.Path(__file__).resolve().parents[2]
    out = root / "federation/tests/vectors/krippendorff.json"
    out.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
