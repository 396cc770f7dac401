#!/usr/bin/env bash
# The example of CONTRIBUTING.md is C++ that compiles: its files are cut out of the page, under the
# names that the page gives them, and checked by the compiler.
#   contributing_test.sh COMPILER BUILD_FOLDER
# shellcheck source=tests/setup/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
compiler=$1
build=$2

awk -v into="$scratch" '
  match($0, /`[a-z_\/]+\.[ch]pp`/) && !inside { name = substr($0, RSTART + 1, RLENGTH - 2) }
  /^```cpp$/  { inside = 1; path = into "/" name; folder = path; sub(/\/[^\/]*$/, "", folder)
                system("mkdir -p \"" folder "\""); next }
  /^```$/     { inside = 0 }
  inside      { print > path }
' "$root/CONTRIBUTING.md"

compiles() {
  "$compiler" -std=c++20 -fsyntax-only -Wall -Wextra -Wconversion -Werror -x c++ \
    -I "$scratch" -I "$root" -I "$build" "$1"
}
for file in tests/policies/twins/filo.hpp policies/queue/filo.hpp tests/policies/cases/filo.cpp; do
  check "$file is on the page" test -s "$scratch/$file"
done
# It includes the other two.
check "the example compiles" compiles "$scratch/tests/policies/cases/filo.cpp"

finish
