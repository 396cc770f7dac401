# shellcheck shell=bash
# What each part of the project needs on the machine, and how the missing pieces are installed.
# Sourced by ./kvsim and .ci/run. Names are Debian's and Ubuntu's.
#
#   missing_packages PART…   prints the packages that PARTs lack, one a line
#   require_packages PART…   installs them with apt-get, or says what is missing and fails
#
# Parts: program, models, libtorch, tests, checks, fuzzers, benchmarks, distributed.

# A line is: part, kind, what to look for, package. What is there already, from wherever it came,
# is not installed again: `command` looks on PATH, `header` among the system's include folders,
# `file` for a path (a pattern).
KVSIM_NEEDS="
program    command g++                                          g++
program    command cmake                                        cmake
program    command ninja                                        ninja-build
program    command pkg-config                                   pkg-config
program    header  CLI/CLI.hpp                                  libcli11-dev
program    header  fmt/format.h                                 libfmt-dev
program    header  nlohmann/json.hpp                            nlohmann-json3-dev
program    header  simdjson.h                                   libsimdjson-dev
program    header  boost/unordered/unordered_flat_map.hpp       libboost-dev
program    header  zlib.h                                       zlib1g-dev
program    header  lzma.h                                       liblzma-dev
program    header  zstd.h                                       libzstd-dev
program    header  xxhash.h                                     libxxhash-dev
program    header  absl/container/flat_hash_map.h               libabsl-dev
program    header  openssl/evp.h                                libssl-dev
program    header  murmurhash.h                                 libmurmurhash-dev
program    header  wyhash/wyhash.h                              libwyhash-dev
program    header  farmhash.h                                   libfarmhash-dev
program    header  highwayhash/highwayhash.h                    libhighwayhash-dev
program    header  pcre2.h                                      libpcre2-dev
program    header  utf8proc.h                                   libutf8proc-dev
models     header  archive.h                                    libarchive-dev
libtorch   header  torch/csrc/api/include/torch/torch.h         libtorch-dev
libtorch   file    /usr/lib/*/openblas-pthread/libblas.so.3      libopenblas0-pthread
tests      header  gtest/gtest.h                                libgtest-dev
tests      header  rapidcheck.h                                 librapidcheck-dev
tests      header  valijson/validator.hpp                       libvalijson-dev
checks     command clang-format-14                              clang-format-14
checks     command clang-tidy-16                                clang-tidy-16
checks     command shellcheck                                   shellcheck
fuzzers    command clang++-16                                   clang-16
fuzzers    file    /usr/lib/llvm-16/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a  libclang-rt-16-dev
benchmarks header  benchmark/benchmark.h                        libbenchmark-dev
distributed command mpicxx                                      libopenmpi-dev
"

say() { printf 'kvsim: %s\n' "$*" >&2; }

# In which folders a header may lie: the system's, and those that the user's environment names.
include_folders() {
  local prefix folder
  local -a prefixes=() named=()
  IFS=':;' read -ra prefixes <<<"${CMAKE_PREFIX_PATH-}"
  IFS=':' read -ra named <<<"${CPATH-}:${CPLUS_INCLUDE_PATH-}"
  for folder in "${named[@]}"; do [[ -z $folder ]] || printf '%s\n' "$folder"; done
  for prefix in "${prefixes[@]}"; do
    [[ -z $prefix ]] || printf '%s\n' "$prefix/include"
  done
  printf '%s\n' "${KVSIM_SYSTEM_INCLUDE:-/usr/include}" \
    "${KVSIM_LOCAL_INCLUDE:-/usr/local/include}"
}

missing_packages() {
  local -a folders
  mapfile -t folders < <(include_folders)
  local part kind wanted package folder found
  while read -r part kind wanted package; do
    [[ -n $part && " $* " == *" $part "* ]] || continue
    found=
    case $kind in
      command)
        if [[ $wanted == g++ ]]; then wanted=${CXX:-g++}; fi
        # CXX may carry arguments of its own.
        if command -v "${wanted%% *}" >/dev/null; then found=yes; fi
        ;;
      header)
        for folder in "${folders[@]}"; do
          if [[ -e $folder/$wanted ]]; then found=yes; break; fi
        done
        ;;
      file)
        if compgen -G "$wanted" >/dev/null; then found=yes; fi
        ;;
    esac
    [[ -n $found ]] || printf '%s\n' "$package"
  done <<<"$KVSIM_NEEDS"
}

# The version that apt would install, or nothing.
candidate_version() {
  LC_ALL=C apt-cache policy "$1" 2>/dev/null |
    sed -n 's/^ *Candidate: *//p' | sed -e '/^(none)$/d' -e 1q
}

# Boost is needed from 1.81 on, which some releases carry only under a versioned name.
boost_package() {
  local version
  version=$(candidate_version libboost-dev)
  if [[ -n $version ]] && dpkg --compare-versions "$version" ge 1.81; then
    printf 'libboost-dev\n'
    return
  fi
  version=$(apt-cache search --names-only '^libboost1\.[0-9]+-dev$' 2>/dev/null |
    sed -n 's/^libboost1\.\([0-9]*\)-dev .*/\1/p' | sort -n | tail -n 1)
  if [[ -n $version && $version -ge 81 ]]; then
    printf 'libboost1.%s-dev\n' "$version"
  else
    printf 'libboost-dev\n'
  fi
}

require_packages() {
  local -a missing names=() as_root=()
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0

  if ! command -v apt-get >/dev/null; then
    say "missing: ${missing[*]} (Debian's names; Boost from 1.81 on)"
    say "there is no apt-get here to install them: install them another way, then run this again"
    return 1
  fi
  if [[ $(id -u) != 0 ]]; then
    if ! command -v sudo >/dev/null; then
      say "missing: ${missing[*]}"
      say "installing them takes root, and there is no sudo: as root, run" \
        "'apt-get install --no-install-recommends ${missing[*]/#libboost-dev/$(boost_package)}'," \
        "then run this again"
      return 1
    fi
    as_root=(sudo)
    say "missing: ${missing[*]}. They are needed to build and are installed with 'sudo apt-get'."
  else
    say "installing ${missing[*]} with apt-get"
  fi

  local log package updated=
  log=$(mktemp)
  apt_run() {
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get -q -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1 </dev/null; then
      return 1
    fi
  }
  # Fails where apt's lists do not know a package: they are empty on a fresh image.
  name_packages() {
    names=()
    for package in "${missing[@]}"; do
      if [[ $package == libboost-dev ]]; then package=$(boost_package); fi
      [[ -n $(candidate_version "$package") ]] || return 1
      names+=("$package")
    done
  }
  if ! name_packages; then
    updated=yes
    apt_run update || true
    if ! name_packages; then
      say "apt-get has no package '$package': Debian 12, Ubuntu 24.04 and later releases carry it"
      tail -n 5 "$log" >&2
      rm -f "$log"
      return 1
    fi
  fi
  if ! apt_run install -y --no-install-recommends "${names[@]}"; then
    # Lists older than the archive name files that are gone.
    if [[ -n $updated ]] || ! apt_run update ||
      ! apt_run install -y --no-install-recommends "${names[@]}"; then
      say "apt-get could not install ${names[*]}:"
      tail -n 15 "$log" >&2
      rm -f "$log"
      return 1
    fi
  fi
  rm -f "$log"
}
