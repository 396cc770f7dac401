#!/usr/bin/env bash
# What no tracked file may hold: a path of somebody's machine, a web host outside a short list, a
# large file, a merge's leftovers; and what each top-level folder must have, a README.md.
# shellcheck source=tests/setup/checks.sh
source "$(dirname "${BASH_SOURCE[0]}")/checks.sh"
cd "$root"

if [[ -e .git ]]; then
  git ls-files --cached --others --exclude-standard -z >"$scratch/files"
else
  find . -type f ! -path './build/*' ! -path './results/*' -printf '%P\0' >"$scratch/files"
fi

# search PATTERN: matches in text files, as file:line:match, one a line.
search() { xargs -0 grep -InoE -e "$1" -- <"$scratch/files" || true; }
none() { [[ ! -s $1 ]] || { head -n 20 "$1"; return 1; }; }

search '(^|[^A-Za-z0-9_.$}])/(home|root|Users|mnt|media|srv|work|works|workspace)/[A-Za-z0-9_.]+' \
  >"$scratch/paths"
check "no paths of a machine" none "$scratch/paths"

search 'https?://[A-Za-z0-9.-]+' |
  grep -vE '://((www\.)?(json-schema|w3|doi|arxiv|keepachangelog|semver|example)\.(org|com)|vega\.github\.io)$' \
    >"$scratch/hosts" || true
check "no web hosts but the listed ones" none "$scratch/hosts"

search '^(<<<<<<<|>>>>>>>) ' >"$scratch/leftovers"
check "no leftovers of a merge" none "$scratch/leftovers"

xargs -0 -I{} find {} -maxdepth 0 -type f -size +1024k <"$scratch/files" >"$scratch/large"
check "no file over 1 MiB" none "$scratch/large"

for folder in sim policies traces model experiments reports bench tests fuzz docs; do
  check "$folder/README.md exists" test -s "$folder/README.md"
done

finish
