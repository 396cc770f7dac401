"""The package's half of bench/peer/measure: run by the Python of its virtual environment.

Reads jobs, one JSON object a line, and answers each with what it measured. No Python runs between
two accesses: the package's process_trace loops in C.
"""

import json
import sys
import time

import libcachesim


def anonymous_bytes():
    with open("/proc/self/smaps_rollup") as rollup:
        for line in rollup:
            if line.startswith("Anonymous:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/smaps_rollup has no line 'Anonymous:'")


def open_reader(job):
    params = libcachesim.ReaderInitParam(ignore_obj_size=True)
    kind = libcachesim.TraceType.ORACLE_GENERAL_TRACE
    if job["format"] == "ids":
        kind = libcachesim.TraceType.PLAIN_TXT_TRACE
    elif job["format"] == "csv":
        kind = libcachesim.TraceType.CSV_TRACE
        params.has_header = params.has_header_set = True
        params.time_field, params.obj_id_field = 1, 2
    return libcachesim.TraceReader(job["path"], kind, params)


def main():
    opened = {}
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        started = time.perf_counter()
        if job["reopen"] or job["path"] not in opened:
            opened[job["path"]] = open_reader(job)
        reader = opened[job["path"]]
        runs = []
        memory = None
        for number, capacity in enumerate(job["capacities"]):
            arguments = dict(job["args"])
            if "hashpowers" in job:
                arguments["hashpower"] = job["hashpowers"][number]
            reader.reset()
            before = anonymous_bytes() if job["memory"] else 0
            cache = getattr(libcachesim, job["cls"])(capacity, **arguments)
            began = time.perf_counter()
            ratio, _ = cache.process_trace(reader, 0, job.get("max_requests", -1))
            seconds = time.perf_counter() - began
            if job["memory"]:
                memory = anonymous_bytes() - before
            runs.append({"seconds": seconds, "misses": round(ratio * job["requests"])})
        whole = time.perf_counter() - started
        print(json.dumps({"runs": runs, "whole": whole, "memory": memory}), flush=True)


if __name__ == "__main__":
    main()
