#!/usr/bin/env bash
# What the entry script says and does where packages are missing, on stand-ins for apt-get and sudo.
# Programs are written in single quotes here, for the stand-ins to expand.
# shellcheck disable=SC2016

# shellcheck source=tests/setup/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"

# A machine with nothing on it but the shell's own tools and what a case adds.
bare=$scratch/bare
mkdir -p "$bare"
for tool in bash env sed grep sort head tail mktemp rm cat touch; do
  ln -s "$(command -v "$tool")" "$bare/$tool"
done
export CALLS=$scratch/calls

# stand_in NAME SCRIPT: a program that notes its call, then does what SCRIPT says.
stand_in() {
  rm -f "$bare/$1"
  printf '#!%s\necho "%s $*" >>"$CALLS"\n%s\n' "$bare/bash" "$1" "$2" >"$bare/$1"
  chmod +x "$bare/$1"
}

# require PART…: with nothing installed.
require() {
  : >"$CALLS"
  status=0
  env -i PATH="$bare" CALLS="$CALLS" KVSIM_SYSTEM_INCLUDE="$scratch/none" \
    KVSIM_LOCAL_INCLUDE="$scratch/none" "$bare/bash" -c '
    set -euo pipefail
    source "$0"
    require_packages "$@"' "$root/cmake/packages.sh" "$@" >"$scratch/out" 2>"$scratch/err" || status=$?
}

require program
check "without apt-get it fails" equal "$status" 1
check "without apt-get it names what is missing" contains "$scratch/err" "g++ cmake ninja-build"
check "without apt-get it says what to do" contains "$scratch/err" "no apt-get here"
check "what is asked for is all that is named" lacks "$scratch/err" libgtest-dev

stand_in apt-get ''
stand_in id 'echo 1000'
stand_in apt-cache 'true'
stand_in dpkg 'true'
require tests
check "without root and sudo it fails" equal "$status" 1
check "without root and sudo it gives the command" contains "$scratch/err" \
  "apt-get install --no-install-recommends libgtest-dev librapidcheck-dev libvalijson-dev"
check "without root and sudo it installs nothing" lacks "$CALLS" "apt-get "

# An apt whose lists are empty until they are updated, and which knows Boost 1.74 and 1.81.
knowing='if [[ ! -e $CALLS.updated ]]; then exit; fi
case "$*" in
  "policy libboost-dev") echo "  Candidate: 1.74.0.3" ;;
  policy*) echo "  Candidate: 1.0" ;;
  search*) printf "libboost1.81-dev - headers\nlibboost1.74-dev - headers\n" ;;
esac'
stand_in apt-cache "$knowing"
stand_in apt-get 'if [[ "$*" == *update* ]]; then touch "$CALLS.updated"; fi'
stand_in sudo '"$@"'
stand_in dpkg 'exit 1'
require program tests
check "with sudo it succeeds" equal "$status" 0
check "with sudo it says so first" contains "$scratch/err" "installed with 'sudo apt-get'"
check "empty lists are updated" contains "$CALLS" "update"
check "an old default Boost gives way to a versioned one" contains "$CALLS" " libboost1.81-dev "
check "it installs through sudo" contains "$CALLS" "sudo env DEBIAN_FRONTEND=noninteractive apt-get"

stand_in id 'echo 0'
stand_in dpkg 'exit 0'
require program
check "as root it succeeds" equal "$status" 0
check "as root no sudo is used" lacks "$CALLS" "sudo"
check "known lists are not updated" lacks "$CALLS" "update"
check "a new default Boost is taken" contains "$CALLS" " libboost-dev "

stand_in apt-get 'if [[ "$*" == *install* ]]; then echo "E: disk full"; exit 100; fi'
require program
check "a failed installation fails" equal "$status" 1
check "a failed installation shows why" contains "$scratch/err" "E: disk full"

stand_in apt-get 'exit 99'
for tool in g++ cmake ninja pkg-config; do stand_in "$tool" ''; done
mkdir -p "$scratch/none"
while read -r part kind wanted _; do
  if [[ $part == program && $kind == header ]]; then
    mkdir -p "$(dirname "$scratch/none/$wanted")"
    touch "$scratch/none/$wanted"
  fi
done < <(sed -n '/^KVSIM_NEEDS/,/^"/p' "$root/cmake/packages.sh")
require program
check "nothing missing, nothing done" equal "$status" 0
check "nothing missing, nothing said" lines "$scratch/err" 0

finish
