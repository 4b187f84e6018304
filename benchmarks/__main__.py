"""``python -m benchmarks``: print what the service costs on this machine beside the barest alternative."""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import time

from benchmarks import casts, databases
from benchmarks.electorate import Electorate
from benchmarks.figures import load_average
from benchmarks.servers import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    started = time.monotonic()
    print(f"# {platform.machine()}, {os.cpu_count()}, Python {platform.python_version()}, {load_average()}")
    with databases.postgresql(os.environ["ALTHING_TEST_POSTGRES_URL"]) as database:
        electorate = Electorate(database, secrets.token_hex(32))
        if os.environ.get("BENCH_SET"):
            databases.experiment(database, os.environ["BENCH_SET"])
        large = electorate.found(100_000)
        small = [electorate.found(1000) for _ in range(10)]
        print("seeded", time.monotonic() - started)
        casts.measure(
            "Casts",
            Server("granian", 2),
            electorate,
            casts.Plan(
                rounds=6 if options.quick else 12,
                seconds=1,
                large=large,
                small=small,
                lines=frozenset({casts.WARM_LINE, casts.CHANGED_LINE, casts.COLD_LINE, casts.AUTOCOMMIT_LINE}),
            ),
        )
        electorate.close()
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
