"""Time the attacker over written releases of two protected quarters: `python bench/attack.py [dossiers[xagencies] …]`.

The marts are the protector's pretend province; one national quarter is 5100000x2516.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from minhbach.disclosure.attack import attack
from minhbach.disclosure.protect import protect
from tests.disclosure.protect.simulate import two_quarters
from tests.disclosure.protect.tables import declarations
from tests.disclosure.test_protected_and_attacked import truth, write_all

AGENCIES = 74
NATIONAL = 1_000_000


def main(sizes: list[str]) -> None:
    """Print one line per size."""
    print("  dossiers agencies quarters    rows  hidden protected programs protect s attack s  MiB")
    for size in sizes:
        dossiers, _, agencies = size.partition("x")
        first, second = two_quarters(int(dossiers), 1, int(agencies or AGENCIES))
        started = time.perf_counter()
        protections = {"2026-Q2": protect(first, declarations())}
        if int(dossiers) < NATIONAL:
            protections["2026-Q3"] = protect(second, declarations(), [protections["2026-Q2"].tables])
        protected = time.perf_counter() - started
        with tempfile.TemporaryDirectory() as folder:
            verdict = attack(write_all(Path(folder), protections), private=truth(protections))
        rows = sum(table.num_rows for one in protections.values() for table in one.tables.values())
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{int(dossiers):>10,} {agencies or AGENCIES:>8} {len(protections):>8} {rows:>7,} {verdict.hidden:>7,}"
            f" {verdict.protected:>9,} {verdict.programs:>8,} {protected:>9.1f} {verdict.seconds:>8.1f} {peak:>4,}"
            f" {'' if verdict.passed else f'broken: {len(verdict.offences)}'}"
        )


if __name__ == "__main__":
    main(sys.argv[1:] or ["600", "6000", "150000"])
