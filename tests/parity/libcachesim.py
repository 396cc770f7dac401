#!/usr/bin/env python3
"""Compares kvsim's miss counts with the package libcachesim's on random traces.

See README.md beside this file. Exit code 0 if every count that must agree does, 1 if one does not,
2 if the comparison could not be made.
"""

import argparse
import dataclasses
import itertools
import json
import os
import pathlib
import queue
import random
import struct
import subprocess
import sys
import threading
import time
import venv

PACKAGE = "libcachesim==0.3.5"
ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass(frozen=True)
class Policy:
    """A kvsim policy beside the package's: class, arguments, and what is known to differ.

    floor: least capacity in objects at which the package works; below it the pair is excluded.
    queue: the package's queue, as a divisor of the capacity, that must hold each object (more than
    hold, if `strictly`): it refuses larger ones, and such capacities are excluded.
    close_unit, close_sized: largest relative difference allowed between the sums of misses over all
    comparisons, where the package cannot be followed exactly; 0: every count must be equal. None:
    not compared.
    """

    cls: str
    args: dict = dataclasses.field(default_factory=dict)
    floor: int = 1
    floor_reason: str = ""
    queue: int = 0
    strictly: bool = False
    close_unit: float | None = 0.0
    close_sized: float | None = 0.0
    why: str = ""


POLICIES = {
    "fifo": Policy("FIFO"),
    "lru": Policy("LRU"),
    "lfu": Policy("LFU"),
    "arc": Policy("ARC"),
    "slru": Policy("SLRU", floor=4, floor_reason="it caches nothing below 4", queue=4),
    "2q": Policy(
        "TwoQ",
        floor=4,
        floor_reason="it caches nothing below 4",
        queue=4,
        close_sized=0.01,
        why="sized, it loses count of its bytes",
    ),
    "clock": Policy("Clock"),
    "sieve": Policy("Sieve"),
    "s3fifo": Policy(
        "S3FIFO",
        floor=20,
        floor_reason="it aborts below 10 and caches nothing below 20",
        queue=10,
        strictly=True,
    ),
    "lirs": Policy(
        "LIRS",
        floor=2,
        floor_reason="it caches nothing at 1",
        queue=100,
        close_unit=0.01,
        close_sized=0.01,
        why="it differs at small capacities",
    ),
    "gdsf": Policy("GDSF"),
    "belady": Policy("Belady"),
    "wtinylfu:variant=libcachesim": Policy(
        "WTinyLFU",
        floor=5,
        floor_reason="it aborts below 5",
        close_sized=None,
        why="the variant is defined without sizes only",
    ),
    "lfuda:variant=libcachesim": Policy(
        "LFUDA",
        floor=13,
        floor_reason="it hangs or crashes at 12 and below",
        close_unit=0.002,
        close_sized=None,
        why="it errs now and then; the variant is defined without sizes only",
    ),
    # The package forgets a block's accesses when it is evicted.
    "lru_k:retention=1": Policy("LRUK"),
    "random": Policy("Random", close_unit=0.01, close_sized=0.015, why="draws of its own"),
    "hyperbolic": Policy("Hyperbolic", close_unit=0.01, close_sized=0.015, why="draws of its own"),
    "lecar": Policy("LeCaR", close_unit=0.015, close_sized=0.02, why="draws of its own"),
    "belady_size": Policy(
        "BeladySize",
        floor=2,
        floor_reason="it hangs at 1",
        close_unit=0.01,
        close_sized=0.015,
        why="draws of its own",
    ),
}


@dataclasses.dataclass
class Trace:
    name: str
    path: pathlib.Path
    sized: bool
    distinct: int
    total_bytes: int
    largest: int
    capacities: list


def zipf(rng, count, distinct, skew):
    weights = list(itertools.accumulate(1 / rank**skew for rank in range(1, distinct + 1)))
    return rng.choices(range(distinct), cum_weights=weights, k=count)


def phase(rng, count, distinct):
    """Part of a trace: independent draws, a scan, a loop, bursts, or a drifting set."""
    base, width = rng.randrange(distinct), 1 + rng.randrange(distinct)
    kind = rng.choice(["zipf", "zipf", "uniform", "scan", "loop", "bursts", "drift"])
    if kind == "zipf":
        return zipf(rng, count, distinct, rng.uniform(0.5, 1.4))
    if kind == "uniform":
        return [(base + rng.randrange(width)) % distinct for _ in range(count)]
    if kind == "scan":
        return [(base + i) % distinct for i in range(min(count, distinct))]
    if kind == "loop":
        return [(base + i % width) % distinct for i in range(count)]
    if kind == "bursts":
        return [(base + i // 3) % distinct for i in range(count)]
    return [(base + i // 10 + rng.randrange(1 + width // 8)) % distinct for i in range(count)]


def make_trace(number, seed, folder):
    """Writes one trace of 24-byte records; every third is of one phase only, half have sizes."""
    rng = random.Random(f"{seed}/{number}")
    distinct = rng.choice([20, 60, 200, 600, 1500])
    length = rng.randrange(2 * distinct, 12 * distinct)
    ids = []
    if number % 3 == 0:
        while len(ids) < length:
            ids += phase(random.Random(f"{seed}/{number}/same"), length - len(ids), distinct)
    else:
        while len(ids) < length:
            ids += phase(rng, rng.randrange(1, 1 + length // 3), distinct)
    ids = ids[:length]
    names = {i: rng.getrandbits(63) for i in set(ids)}
    sized = number % 2 == 1
    spread = rng.choice([1, 4, 16])
    sizes = {i: 1 for i in names}
    if sized:
        sizes = {i: max(1, int(100 * rng.lognormvariate(0, 0.1 * spread))) for i in names}

    later, records = {}, []
    for position in range(len(ids) - 1, -1, -1):
        i = ids[position]
        # The package counts requests from 1.
        records.append((position, names[i], sizes[i], later.get(i, -1)))
        later[i] = position + 1
    path = folder / f"{number:04d}.oracleGeneral.bin"
    path.write_bytes(b"".join(struct.pack("<IQIq", *record) for record in reversed(records)))

    total = sum(sizes.values())
    unit = len(names)
    if sized:
        shares = [0.02, 0.1, 0.3, 0.7, 0.95]
        capacities = sorted({max(2 * max(sizes.values()), int(total * share)) for share in shares})
    else:
        shares = [0.01, 0.05, 0.2, 0.5, 0.8, 0.97]
        small = [1 + rng.randrange(min(unit, 16))]
        capacities = sorted({*small, *(max(1, int(unit * share)) for share in shares)})
    return Trace(path.name, path, sized, unit, total, max(sizes.values()), capacities)


# The package's half: a process of its own, since it aborts, crashes or hangs at some capacities.


def worker():
    """Reads jobs, one JSON object a line, and answers each with its misses."""
    # This file has the package's name: it must not be found before it.
    here = pathlib.Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if pathlib.Path(entry or ".").resolve() != here]
    import libcachesim

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    reader_key, reader = None, None
    for line in sys.stdin:
        job = json.loads(line)
        key = (job["path"], job["sized"])
        if key != reader_key:
            reader = libcachesim.TraceReader(
                job["path"],
                libcachesim.TraceType.ORACLE_GENERAL_TRACE,
                libcachesim.ReaderInitParam(ignore_obj_size=not job["sized"]),
            )
            reader_key = key
        reader.reset()
        cache = getattr(libcachesim, job["cls"])(job["capacity"], hashpower=14, **job["args"])
        ratio, _ = cache.process_trace(reader)
        sys.stdout.write(json.dumps({"misses": round(ratio * job["requests"])}) + "\n")
        sys.stdout.flush()


class Worker:
    """A package process, begun anew after a crash or a time-out."""

    def __init__(self, python, limit):
        self.python, self.limit, self.process = python, limit, None

    def start(self):
        self.process = subprocess.Popen(
            [self.python, __file__, "--worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.answers = queue.Queue()
        process, answers = self.process, self.answers
        threading.Thread(
            target=lambda: [answers.put(line) for line in process.stdout] + [answers.put(None)],
            daemon=True,
        ).start()
        if self.answers.get(timeout=60) is None:
            raise RuntimeError("the package does not load")

    def run(self, job):
        """The misses, or a text that says what the package did instead."""
        if self.process is None:
            self.start()
        try:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            answer = self.answers.get(timeout=self.limit)
        except BrokenPipeError:
            answer = None
        except queue.Empty:
            self.stop()
            return f"it hangs (over {self.limit} s)"
        if answer is None:
            code = self.process.wait()
            self.process = None
            if code > 0:
                raise RuntimeError(f"the package refuses {job}")
            return f"it dies of signal {-code}"
        return json.loads(answer)["misses"]

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def make_environment(folder):
    """The package in a virtual environment of its own; its python."""
    python = folder / "bin" / "python"
    stamp = folder / "installed.txt"
    if not stamp.exists() or stamp.read_text() != PACKAGE:
        print(f"installing {PACKAGE} into {folder}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", PACKAGE], check=True)
        stamp.write_text(PACKAGE)
    return str(python)


# kvsim's half.


def kvsim_misses(binary, trace, policies, capacities):
    """Misses by (policy, capacity)."""
    unit = "B" if trace.sized else ""
    command = [
        binary,
        "sim",
        str(trace.path),
        "--format",
        "oracle_general",
        "--policy",
        ",".join(policies),
        "--capacity",
        ",".join(f"{capacity}{unit}" for capacity in capacities),
        "-j",
        "1",
        "-o",
        "-",
    ]
    if not trace.sized:
        command.append("--ignore-size")
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()}")
    found = {}
    for run in json.loads(done.stdout)["runs"]:
        capacity = run["capacity"]["bytes" if trace.sized else "blocks"]
        if run["policy"] in policies:  # as it was written, with the parameters that were given
            found[run["policy"], capacity] = run["counts"]["misses"]
    return found


@dataclasses.dataclass
class Row:
    compared: int = 0
    equal: int = 0
    worst: float = 0.0
    mine: int = 0
    theirs: int = 0
    excluded: dict = dataclasses.field(default_factory=dict)
    examples: list = dataclasses.field(default_factory=list)

    @property
    def overall(self):
        return abs(self.mine - self.theirs) / max(self.theirs, 1)

    def over(self, close):
        """How many comparisons are against it: those that differ, or all where the sums do."""
        if close is None:
            return 0
        if not close:
            return self.compared - self.equal
        return self.compared if self.overall > close else 0

    def exclude(self, reason):
        self.excluded[reason] = self.excluded.get(reason, 0) + 1


def compare_trace(trace, names, binary, package, rows, lock):
    """Adds one trace's comparisons to `rows`."""
    mode = "sized" if trace.sized else "unit"
    requests = trace.path.stat().st_size // 24
    chosen = []
    for name in names:
        policy = POLICIES[name]
        close = policy.close_sized if trace.sized else policy.close_unit
        with lock:
            row = rows.setdefault((name, mode), Row())
            if close is None:
                row.exclude(policy.why)
                continue
        chosen.append((name, policy, close, row))
    ours = kvsim_misses(binary, trace, [name for name, *_ in chosen], trace.capacities)
    for name, policy, close, row in chosen:
        for capacity in trace.capacities:
            objects = capacity
            if trace.sized:
                objects = capacity * trace.distinct // trace.total_bytes
            if objects < policy.floor:
                with lock:
                    row.exclude(policy.floor_reason)
                continue
            limit = capacity // policy.queue - policy.strictly if policy.queue else capacity
            if trace.sized and trace.largest > limit:
                with lock:
                    row.exclude("it refuses objects larger than its first queue")
                continue
            theirs = package.run(
                {
                    "path": str(trace.path),
                    "sized": trace.sized,
                    "cls": policy.cls,
                    "args": policy.args,
                    "capacity": capacity,
                    "requests": requests,
                }
            )
            with lock:
                if isinstance(theirs, str):
                    row.exclude(theirs)
                    continue
                mine = ours[name, capacity]
                difference = abs(mine - theirs) / max(theirs, 1)
                row.compared += 1
                row.equal += mine == theirs
                row.worst = max(row.worst, difference)
                row.mine += mine
                row.theirs += theirs
                if mine != theirs and not close:
                    row.examples.append((trace.name, capacity, mine, theirs))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--kvsim", default=str(ROOT / "build/release/bin/kvsim"), help="the program"
    )
    parser.add_argument("--traces", type=int, default=200, help="how many random traces")
    parser.add_argument("--first", type=int, default=0, help="number of the first trace")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--policies", help="names, separated by spaces; all if not given")
    parser.add_argument("--limit", type=float, default=10, help="seconds the package has for a run")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--folder",
        type=pathlib.Path,
        default=ROOT / "build/parity",
        help="where the virtual environment and the traces are kept",
    )
    parser.add_argument("--json", type=pathlib.Path, help="the table as JSON too")
    parser.add_argument("--examples", type=int, default=3, help="differences shown a policy")
    options = parser.parse_args()
    names = options.policies.split() if options.policies else list(POLICIES)
    unknown = [name for name in names if name not in POLICIES]
    if unknown:
        parser.error(f"no such policy: {', '.join(unknown)}; known: {', '.join(POLICIES)}")
    if not pathlib.Path(options.kvsim).exists():
        print(f"{options.kvsim}: no such program; build it or give --kvsim", file=sys.stderr)
        return 2

    began = time.monotonic()
    python = make_environment(options.folder / "venv")
    traces_folder = options.folder / "traces"
    traces_folder.mkdir(parents=True, exist_ok=True)
    rows, lock, faults = {}, threading.Lock(), []
    numbers = iter(range(options.first, options.first + options.traces))

    def loop():
        package = Worker(python, options.limit)
        try:
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None or faults:
                    return
                trace = make_trace(number, options.seed, traces_folder)
                compare_trace(trace, names, options.kvsim, package, rows, lock)
        except Exception as fault:  # reported below; the other threads then end too
            faults.append(fault)
        finally:
            package.stop()

    threads = [threading.Thread(target=loop) for _ in range(max(1, options.jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        print(f"error: {faults[0]}", file=sys.stderr)
        return 2

    print(f"{'policy':30} {'sizes':6} {'compared':>8} {'equal':>7} {'differ':>7} "
          f"{'worst':>8} {'sums':>8} {'allowed':>8}  excluded")
    failed = 0
    table = []
    for name in names:
        policy = POLICIES[name]
        for mode in ("unit", "sized"):
            row = rows.get((name, mode))
            if row is None:
                continue
            close = policy.close_sized if mode == "sized" else policy.close_unit
            excluded = "; ".join(f"{count}: {why}" for why, count in sorted(row.excluded.items()))
            allowed = "-" if close is None else f"{close:.2%}"
            note = f" [{policy.why}]" if close else ""
            print(f"{name:30} {mode:6} {row.compared:8} {row.equal:7} {row.compared - row.equal:7} "
                  f"{row.worst:8.3%} {row.overall:8.3%} {allowed:>8}  {excluded}{note}")
            for trace, capacity, mine, theirs in row.examples[: options.examples]:
                print(f"    {trace} at {capacity}: kvsim {mine}, package {theirs}")
            if close is not None and row.compared == 0 and options.traces > 1:
                print(f"    {name}, {mode}: nothing was compared")
                failed += 1
            failed += row.over(close)
            table.append({
                "policy": name,
                "sizes": mode,
                "compared": row.compared,
                "equal": row.equal,
                "worst_relative_difference": row.worst,
                "allowed": close,
                "sums_relative_difference": row.overall,
                "over": row.over(close),
                "excluded": row.excluded,
            })
    if options.json:
        options.json.write_text(json.dumps({"package": PACKAGE, "seed": options.seed,
                                            "traces": options.traces, "rows": table}, indent=1))
    compared = sum(row.compared for row in rows.values())
    print(f"{compared} comparisons on {options.traces} traces in "
          f"{time.monotonic() - began:.0f} s; {failed} over what is allowed")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--worker"]:
        worker()
    else:
        sys.exit(main())
