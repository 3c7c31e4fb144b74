"""Random edits of random programs: is a picture ever stale, and how many are drawn needlessly?

After each edit the engine says which pictures are fresh; then every figure is drawn again, and the
bytes are compared. Programs are generated (modules, classes, closures, imports, data files), and
with `--own` a copy of this repository's `src/neural` and `figures` is edited as well. With
`--notebooks` there are notebooks in the programs, and a result is what all their cells show.

    python bench/fuzz.py [--edits 5000] [--own 0] [--notebooks 500] [--seed 0] [--kills 200]
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from fuzzing.fuzzer import fuzz
from fuzzing.kills import kill_builds
from fuzzing.tally import Tally


def main() -> int:
    """Fuzz and print; the exit code is 1 if there was a stale picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=5000, metavar="N")
    parser.add_argument("--own", type=int, default=0, metavar="N")
    parser.add_argument(
        "--notebooks", type=int, default=0, metavar="N", help="edits of programs with notebooks"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N")
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="builds to kill as well")
    options = parser.parse_args()
    started = time.perf_counter()
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        told = 0
        if options.notebooks:
            programs = fuzz(Path(folder), options.notebooks, 0, options.seed, notebooks=True)
        else:
            programs = fuzz(Path(folder), options.edits, options.own, options.seed)
        for tally in programs:
            for line in tally.stale[told:]:
                print(f"STALE {line}", flush=True)
            told = len(tally.stale)
            print(f"{time.perf_counter() - started:7.0f} s: {tally}", flush=True)
        wrong = 0
        for line in kill_builds(Path(folder), options.kills, options.seed) if options.kills else ():
            print(f"WRONG {line}", flush=True)
            wrong += 1
        if options.kills:
            print(f"{options.kills} builds killed, {wrong} times something was wrong after it")
    for cause, count in tally.causes.most_common():
        print(f"  {count:5} {cause}")
    return 1 if tally.stale or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
