#!/usr/bin/env bash
# `mpirun kvsim run` on one machine, held to one process's results; exit status 77: nothing to test.
#   mpirun_test.sh KVSIM MPIRUN
# shellcheck source=tests/setup/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/../setup/checks.sh"
kvsim=$1
mpirun=$2
if [[ ! -e ${kvsim%/*}/kvsim_mpi.so ]]; then
  echo "skipped: kvsim was built without MPI"
  exit 77
fi
if ! command -v "$mpirun" >/dev/null; then
  echo "skipped: there is no mpirun"
  exit 77
fi
# More processes than cores, and as root: what Open MPI wants to be told; others pass over it.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1
cd "$scratch"

"$kvsim" trace generate zipf --set objects=5000,accesses=50000 -o t.kvt >made
cat >x.json <<'JSON'
{"traces": "t.kvt", "policies": ["lru", "arc", "s3fifo", "lirs", "belady", "random", "hyperbolic"],
 "capacities": ["1%", "5%", "10%", "50%"], "seeds": [1, 2]}
JSON

# run COMMAND…: with its output in `out` and `err`, its exit status in $status.
run() {
  status=0
  "$@" >out 2>err || status=$?
}
# The runs of a results file but for their times.
runs() { grep '"replay":' "$1" | sed 's/"replay":{[^}]*}//'; }
same_runs() { diff <(runs "$1") <(runs "$2") | head -n 5 && equal "$(runs "$1")" "$(runs "$2")"; }
absent() { [[ ! -e $1 ]]; }

run "$kvsim" run x.json -o alone.json
check "one process succeeds" equal "$status" 0
check "the results have every run" equal "$(runs alone.json | wc -l)" 56

for ranks in 2 3; do
  run "$mpirun" -n $ranks "$kvsim" run x.json -o ranks.json -j 1
  check "$ranks ranks succeed" equal "$status" 0
  check "$ranks ranks give the runs of one" same_runs alone.json ranks.json
  check "$ranks ranks print one table" equal "$(grep -c '56 runs over 1 trace' out)" 1
  check "$ranks ranks say nothing else" equal "$(cat err)" ""
  check "$ranks ranks leave no partial file" absent ranks.json.partial
done

# Errors are told once, by rank 0.
run "$mpirun" -n 3 "$kvsim" run x.json --resumme
check "a usage error ends with 2" equal "$status" 2
check "a usage error is told once" equal "$(grep -c "did you mean '--resume'" err)" 1
run "$mpirun" -n 3 "$kvsim" run none.json -o none
check "a missing file ends with 1" equal "$status" 1
check "a missing file is told once" equal "$(grep -c "none.json: cannot be read" err)" 1
run "$mpirun" -n 2 "$kvsim" run --help
check "help is printed once" equal "$(grep -c '^Usage' out)" 1

# Ranks that are about something else.
"$kvsim" trace generate zipf --set objects=5000,accesses=50000 --seed 2 -o other.kvt >made
sed 's/t.kvt/other.kvt/' x.json >y.json
run "$mpirun" -n 1 "$kvsim" run x.json -o ranks.json : -n 1 "$kvsim" run y.json -o ranks.json
check "another experiment is refused" equal "$status" 1
check "another experiment is named" contains err "has another configuration than rank 0"

# A rank on which every run fails, for lack of memory.
run "$mpirun" -n 1 "$kvsim" run x.json -o ranks.json -j 1 : \
  -n 1 "$kvsim" run x.json -o ranks.json --max-memory 1kB
check "another rank does what one cannot" equal "$status" 0
check "the failed run is named" contains err "note: rank 1 on "
check "the failed run is said to be tried again" contains err "another rank tries again"
check "the results are whole" same_runs alone.json ranks.json

# A rank that is killed ends the job, within a second or so; what was finished is kept.
"$kvsim" trace generate zipf --set objects=50000,accesses=700000 -o t.kvt >made
run "$kvsim" run x.json -o alone.json
rm -f ranks.json
"$mpirun" -n 3 "$kvsim" run x.json -o ranks.json -j 1 >out 2>err &
job=$!
# A header and two runs at least.
for ((i = 0; i < 1500; ++i)); do
  if [[ $(wc -l 2>/dev/null <ranks.json.partial) -ge 3 ]]; then break; fi
  sleep 0.02
done
# Rank 2 is stopped first, so that the job cannot be done before mpirun has ended it.
mapfile -t children < <(cat "/proc/$job/task/"*/children | tr ' ' '\n')
# send SIGNAL RANK
send() {
  local child
  for child in "${children[@]}"; do
    if grep -qz "^OMPI_COMM_WORLD_RANK=$2\$\|^PMI_RANK=$2\$" "/proc/$child/environ"; then
      kill "-$1" "$child"
    fi
  done
}
send STOP 2
send KILL 1
status=0
wait "$job" || status=$?
if [[ $status == 0 ]]; then
  echo "the job was done before it could be killed: not tested"
  finish
  exit
fi
check "a killed rank leaves no results" absent ranks.json
check "a killed rank leaves the finished runs" test -s ranks.json.partial
# Rank 0 tells the way to go on, but mpirun may have stopped listening to it by then.
kept=$(wc -l <ranks.json.partial)
cp ranks.json.partial kept.json.partial
cp ranks.json.partial began.partial
run "$mpirun" -n 2 "$kvsim" run x.json -o ranks.json -j 1 --resume
check "ranks resume" equal "$status" 0
check "ranks resume to the same runs" same_runs alone.json ranks.json
check "resumed runs leave no partial file" absent ranks.json.partial
run "$kvsim" run x.json -o kept.json --resume
check "one process resumes what ranks began" same_runs alone.json kept.json
# What is not done again has the times of the process that did it.
times() { grep -o '"seconds":[^,]*,"accesses_per_second":[^,]*' "$1"; }
check "kept runs are not done again" equal \
  "$(times kept.json | grep -cFf <(times began.partial))" "$((kept - 1))"
echo "$((kept - 1)) of 56 runs were kept from the killed job"

finish
