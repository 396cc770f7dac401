# shellcheck shell=bash
# What the script tests share: `check WHAT COMMAND…` passes where the command succeeds, `finish`
# prints the counts and ends the test. $root is the checkout, $scratch a folder that goes away.
set -euo pipefail
# Read by the tests, like $scratch.
# shellcheck disable=SC2034
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0
failed=0

check() {
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $what"
  fi
}

# contains FILE TEXT; lacks FILE TEXT; equal A B; lines FILE COUNT
contains() { grep -qF -- "$2" "$1" || { echo "'$2' is not in:"; cat "$1"; return 1; }; }
lacks() { ! grep -qF -- "$2" "$1" || { echo "'$2' is in:"; cat "$1"; return 1; }; }
equal() { [[ $1 == "$2" ]] || { echo "'$1' is not '$2'"; return 1; }; }
lines() { equal "$(wc -l <"$1")" "$2" || { cat "$1"; return 1; }; }

finish() {
  echo "$passed passed, $failed failed"
  [[ $failed == 0 ]]
}
