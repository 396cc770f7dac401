#!/usr/bin/env bash
# bench/compare on stand-ins for the benchmark program, whose times are known.
# shellcheck source=tests/setup/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/../setup/checks.sh"
command -v python3 >/dev/null || { echo "no python3 here"; exit 77; }

# stand_in NAME "BENCHMARK=TIME,TIME,…"…: a program that takes TIMEs (ms) of a benchmark in turn.
stand_in() {
  local program=$scratch/$1
  shift
  mkdir "$program.times"
  local pair
  for pair in "$@"; do
    tr , '\n' <<<"${pair#*=}" >"$program.times/$(tr / _ <<<"${pair%%=*}")"
    echo "${pair%%=*}" >>"$program.names"
  done
  cat >"$program" <<'PROGRAM'
#!/usr/bin/env bash
for option in "$@"; do
  case $option in
    --benchmark_filter=*) filter=${option#*=} ;;
    --benchmark_out=*) out=${option#*=} ;;
    --benchmark_list_tests) list=yes ;;
  esac
done
if [[ -n ${list-} ]]; then cat "$0.names"; exit; fi
name=$(grep -E -- "${filter//\\/}" "$0.names")
echo "$(basename "$0") $name" >>"$(dirname "$0")/order"
times=$0.times/$(tr / _ <<<"$name")
time=$(head -n 1 "$times")
sed -i 1d "$times"
if [[ $time == wrong ]]; then echo "1 benchmark answered wrong" >&2; exit 1; fi
cat >"$out" <<JSON
{"benchmarks": [{"name": "$name", "run_type": "iteration", "iterations": 1,
                 "real_time": $time, "cpu_time": ${CPU_TIME-$time}, "time_unit": "ms"}]}
JSON
PROGRAM
  chmod +x "$program"
}
compare() {
  status=0
  "$root/bench/compare" "$@" >"$scratch/table" 2>"$scratch/said" || status=$?
}
# Of the file that --json wrote.
value() { python3 -c "import json, sys; print(json.load(open(sys.argv[1]))$1)" "$scratch/out.json"; }

stand_in before lru=10,10,40 only_before=1
stand_in after lru=5,20,10 only_after=1
compare "$scratch/before" "$scratch/after" --runs 3 --json "$scratch/out.json"
check "two builds are compared" equal "$status" 0
check "each run's ratio is B over A" equal "$(value '["benchmarks"][0]["ratio"]["runs"]')" \
  '[0.5, 2.0, 0.25]'
check "the median" equal "$(value '["benchmarks"][0]["ratio"]["median"]')" 0.5
check "the least" equal "$(value '["benchmarks"][0]["ratio"]["min"]')" 0.25
check "the greatest" equal "$(value '["benchmarks"][0]["ratio"]["max"]')" 2.0
check "times are in nanoseconds" equal "$(value '["benchmarks"][0]["a_ns"]')" \
  '[10000000.0, 10000000.0, 40000000.0]'
check "who is first alternates" equal "$(cut -d' ' -f1 "$scratch/order" | tr '\n' ' ')" \
  'before after after before before after '
check "what only one has is named" contains "$scratch/said" 'only in B: only_after'
check "the table has the ratios" grep -qE '^lru +10 ms +10 ms +0\.500 +0\.250 +2\.000$' \
  "$scratch/table"

stand_in one lru/1%=4 lru/10%=8 arc/1%=8 arc/10%=4
compare "$scratch/one" --filters lru/ arc/ --runs 1 --json "$scratch/out.json"
check "two filters pair what else is equal" equal \
  "$(value '["benchmarks"][1]["name"]') $(value '["benchmarks"][1]["ratio"]["median"]')" '10% 0.5'

stand_in manual pass/manual_time=3 plain=3
CPU_TIME=9 compare "$scratch/manual" --filters manual_time plain --runs 1 --json "$scratch/out.json"
check "a time of its own counts, else the processor's" equal \
  "$(value '["benchmarks"][0]["ratio"]["median"]')" 3.0

stand_in good lru=1
stand_in bad lru=wrong
compare "$scratch/good" "$scratch/bad" --runs 1
check "a wrong answer fails" equal "$status" 1
check "and is told" contains "$scratch/said" 'answered wrong'
compare "$scratch/good" "$scratch/none"
check "a missing program is a usage error" equal "$status" 2
compare "$scratch/good" "$scratch/bad" --filter arc
check "a filter without match is a usage error" equal "$status" 2
compare "$scratch/good"
check "one program needs two filters" equal "$status" 2

finish
