"""Run the measurements: all of them, or the named ones."""

from __future__ import annotations

import importlib
import pkgutil
import sys
import time

import bench

FRAME = {"__main__", "figure", "chat_servers", "places"}


def available() -> list[str]:
    """Names of the measurements: the modules of this package that have a function ``measure``."""
    return sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if module.name not in FRAME)


def main(names: list[str]) -> int:
    """Run ``names`` (all if empty); exit status 2 for an unknown one."""
    if unknown := set(names) - set(available()):
        print(f"no such measurement: {', '.join(sorted(unknown))}; there are: {', '.join(available())}")
        return 2
    for name in names or available():
        module = importlib.import_module(f"bench.{name}")
        print(f"\n{name}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
        started = time.perf_counter()
        for figure in module.measure():
            print(figure.line(), flush=True)
        print(f"  ({time.perf_counter() - started:.0f} s)", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
