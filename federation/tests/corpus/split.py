#!/usr/bin/env python3
"""Splits pairs.jsonl into work.jsonl and test.jsonl, half and half within each label.

Within a label the pairs are ordered by sha256("{seed}:{id}"); the first half (rounded up
where the count is odd) is to work on, the rest is only ever tested. Same input, same output.
"""
import hashlib
import json
from pathlib import Path

SEED = 20261123
HERE = Path(__file__).resolve().parent


def main() -> None:
    lines = (HERE / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
    pairs = [(json.loads(line), line) for line in lines if line]
    by_label: dict[str, list[tuple[str, str]]] = {}
    for pair, line in pairs:
        by_label.setdefault(pair["label"], []).append((pair["id"], line))
    work: list[tuple[str, str]] = []
    test: list[tuple[str, str]] = []
    for label in sorted(by_label):
        group = sorted(
            by_label[label],
            key=lambda item: hashlib.sha256(f"{SEED}:{item[0]}".encode()).hexdigest(),
        )
        half = (len(group) + 1) // 2
        work += group[:half]
        test += group[half:]
        print(f"{label}: {half} to work on, {len(group) - half} to test")
    for name, part in (("work.jsonl", work), ("test.jsonl", test)):
        text = "".join(line + "\n" for _, line in sorted(part))
        with (HERE / name).open("w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        print(f"{name}: {len(part)} pairs")


if __name__ == "__main__":
    main()
