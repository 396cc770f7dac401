#!/bin/sh
# Records the sample chats of this folder anew: SmolLM2-135M-Instruct answers made-up users over a
# prefix cache of 1,024 blocks. Takes some ten minutes on two cores and 3 GB of memory, and fetches
# 98 MB on first use. Needs the zstd program. Who arrives when is decided by the seed, who is served
# first by how fast the machine is: another one records another trace of the same kind.
set -eu

samples=$(cd "$(dirname "$0")" && pwd)
kvsim=$samples/../../kvsim
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$kvsim" model fetch smollm2 >/dev/null
"$kvsim" trace record --model smollm2 \
  --workload chat:sessions=64,turns=5,spread=1,system=6,rate=0.04,think_s=120,seed=1 \
  --by-arrival --batch 8 --context 2048 --capacity 1024 --block-size 16 \
  --max-output 64 --temperature 0.2 --top-p 0.9 --seed 1 \
  -o "$scratch/recorded.jsonl"
# Without the run's events every block size, look-up and policy can be asked of it.
"$kvsim" trace convert --format tokens:events=false "$scratch/recorded.jsonl" --to tokens \
  "$scratch/chat.jsonl"
zstd --quiet --force -19 "$scratch/recorded.jsonl" -o "$samples/chat_recorded.tokens.jsonl.zst"
zstd --quiet --force -19 "$scratch/chat.jsonl" -o "$samples/chat.tokens.jsonl.zst"
