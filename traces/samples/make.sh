#!/bin/sh
# Writes the samples of this folder anew, with kvsim's own generators. Needs the zstd program.
set -eu

samples=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$samples/../../kvsim" trace generate serving_mix --seed 1 --format tokens \
  --set requests=800,rate=2,scale=0.4 \
  --set chat=0.6,agent_tree=0.4,rag=0,few_shot=0,shared_prefix=0 \
  -o "$scratch/chat.tokens.jsonl"
zstd --quiet --force -19 "$scratch/chat.tokens.jsonl" -o "$samples/chat.tokens.jsonl.zst"
