#!/usr/bin/env bash
# The entry script builds when, and only when, something changed. cmake and ninja are stand-ins that
# note each call; the checkout is a small copy.
# shellcheck source=tests/setup/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

for script in kvsim cmake/packages.sh .ci/run .ci/format .ci/fuzz .ci/tidy; do
  check "$script parses" bash -n "$root/$script"
done

checkout=$scratch/check\ out
mkdir -p "$checkout"/{cmake,sim/core,tools,include,.git/logs,docs}
cp "$root/kvsim" "$checkout/"
cp "$root/cmake/packages.sh" "$checkout/cmake/"
touch "$checkout"/{CMakePresets.json,sim/core/ids.hpp,sim/core/old.hpp,.git/logs/HEAD,docs/page.md}

cat >"$checkout/tools/cmake" <<'TOOL'
#!/usr/bin/env bash
echo "cmake $*" >>"$CALLS"
mkdir -p build/release
touch build/release/{build.ninja,CMakeCache.txt}
TOOL
cat >"$checkout/tools/ninja" <<'TOOL'
#!/usr/bin/env bash
echo "ninja $*" >>"$CALLS"
if [[ -n ${BREAK-} ]]; then
  printf '[1/2] Building a\nFAILED: b.o\nb.cpp:1:1: error: no such thing\n'
  exit 1
fi
mkdir -p "$2/bin"
printf '#!/usr/bin/env bash\nprintf "<%%s>" "$@"\nexit "${STATUS-0}"\n' >"$2/bin/kvsim"
chmod +x "$2/bin/kvsim"
TOOL
for tool in g++ pkg-config; do printf '#!/usr/bin/env bash\n' >"$checkout/tools/$tool"; done
chmod +x "$checkout"/tools/*

export CALLS=$scratch/calls CPATH=$checkout/include PATH=$checkout/tools:$PATH
unset CXX CMAKE_PREFIX_PATH
# The stand-in checkout needs no library: every header is there.
while read -r _ kind wanted _; do
  if [[ $kind == header ]]; then
    mkdir -p "$(dirname "$checkout/include/$wanted")"
    touch "$checkout/include/$wanted"
  fi
done < <(sed -n '/^KVSIM_NEEDS/,/^"/p' "$root/cmake/packages.sh")

# start ARGS…: runs the entry, with its output and its tools' calls in files.
start() {
  : >"$CALLS"
  status=0
  "$checkout/kvsim" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
}
# File times have the grain of the clock's tick; what follows must be newer.
later() { sleep 0.02; }

start sim 'a trace' --policy lru
check "the first call configures" contains "$CALLS" "cmake --preset release -DKVSIM_TESTS=OFF"
check "the first call builds the program alone" contains "$CALLS" " kvsim"
check "arguments reach the program as they are" equal "$(cat "$scratch/out")" "<sim><a trace><--policy><lru>"

start sim
check "nothing is built where nothing changed" lines "$CALLS" 0
STATUS=3 start sim
check "the program's exit status is the entry's" equal "$status" 3

# rebuilds WHAT: the next call builds once, and the one after not at all.
rebuilds() {
  start sim
  check "$1 builds again" contains "$CALLS" "ninja"
  check "$1 does not configure again" lacks "$CALLS" "cmake"
  start sim
  check "$1 builds once" lines "$CALLS" 0
}
later; touch "$checkout/sim/core/ids.hpp"
rebuilds "a changed source"
later; rm "$checkout/sim/core/old.hpp"
rebuilds "a removed source"
later; touch "$checkout/sim/core/new.hpp"
rebuilds "a new source"
later; touch "$checkout/.git/logs/HEAD"
rebuilds "a commit"
later; touch "$checkout/build/release/bin/kvsim"; mkdir -p "$checkout/results/demo"
touch "$checkout/results/demo/results.json"; mkdir "$checkout/.cache"; touch "$checkout/.cache/x"
start sim
check "results and hidden folders are no sources" lines "$CALLS" 0

later; touch "$checkout/CMakePresets.json"
start sim
check "changed presets configure again" contains "$CALLS" "cmake --preset release"

later; touch "$checkout/sim/core/ids.hpp"
BREAK=yes start sim
check "a failed build fails" equal "$status" 1
check "a failed build shows why" contains "$scratch/err" "error: no such thing"
check "a failed build names its log" contains "$scratch/err" "build/release/build.log"
check "a failed build runs nothing" lines "$scratch/out" 0
start sim
check "after a failed build the next call builds" contains "$CALLS" "ninja"

mv "$checkout" "$scratch/moved"
checkout=$scratch/moved
CPATH=$checkout/include
PATH=$checkout/tools:$PATH
start sim
check "a moved checkout configures again" contains "$CALLS" "cmake --preset release"

for typed in dmeo deom demoo dem tests tset Test tst; do
  start "$typed"
  check "$typed is no command" equal "$status" 2
  check "$typed is near one" grep -q "did you mean './kvsim \(demo\|test\)'?" "$scratch/err"
done
for typed in sim list trace run; do
  start "$typed"
  check "$typed reaches the program" equal "$(cat "$scratch/out")" "<$typed>"
done

start demo now
check "demo takes no arguments" equal "$status" 2

finish
