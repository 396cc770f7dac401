#!/usr/bin/env python3
"""Recomputes kvsim's chained block keys with Python's own pickle, cbor2, hashlib and xxhash.

See README.md beside this file. Exit code 0 if every key is equal, 1 if one is not, 2 if the
comparison could not be made.
"""

import argparse
import dataclasses
import hashlib
import json
import os
import pathlib
import pickle
import random
import struct
import subprocess
import sys
import time
import venv

PACKAGES = "cbor2==6.3.0 xxhash==4.1.0"
ROOT = pathlib.Path(__file__).resolve().parents[2]
NONE_HASH = 0xFCA86420  # hash(None) from CPython 3.12 on


@dataclasses.dataclass
class Block:
    tokens: list
    multimodal: list  # [hash, offset]
    embeddings: bytes


@dataclasses.dataclass
class Chain:
    lora: str
    salt: str
    blocks: list


# What is hashed. cbor2 and xxhash are imported where they are used: they are the environment's.


def cbor(value):
    import cbor2

    return cbor2.dumps(value, canonical=True)


def pickled(value):
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def sha256(data):
    return hashlib.sha256(data).digest()


def xxh3_128(data):
    import xxhash

    return xxhash.xxh3_128_digest(data)


def xxh3_64(data, seed):
    import xxhash

    return xxhash.xxh3_64_intdigest(data, seed)


def xxh64(data):
    import xxhash

    return xxhash.xxh64_intdigest(data, 0)


def fnv1a_64(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def u32(tokens):
    return struct.pack(f"<{len(tokens)}I", *tokens)


def u64(number):
    return struct.pack("<Q", number)


# The engines' rules: each yields a chain's root and then its blocks' digests, as bytes. A digest of
# 64 bits is a number, written as kvsim holds it: little-endian.


def vllm(write, digest, seed, chain):
    parent = digest(write(seed))
    yield parent
    for number, block in enumerate(chain.blocks):
        extra = []
        if chain.lora:
            extra.append(chain.lora)
        extra += [(key, offset) for key, offset in block.multimodal]
        if number == 0 and chain.salt:
            extra.append(chain.salt)
        if block.embeddings:
            extra.append(block.embeddings)
        parent = digest(write((parent, tuple(block.tokens), tuple(extra) if extra else None)))
        yield parent


def dynamo(chain):
    yield bytes(8)
    seed = 1337
    if chain.lora:
        seed += xxh3_64(chain.lora.encode(), 0)
    if chain.salt:
        seed += xxh3_64(chain.salt.encode(), 1)
    seed &= 0xFFFFFFFFFFFFFFFF
    parent = None
    for block in chain.blocks:
        hashes = sorted(int(key[:16], 16) for key, _ in block.multimodal)
        local = xxh3_64(u32(block.tokens) + b"".join(map(u64, hashes)), seed)
        parent = local if parent is None else xxh3_64(u64(parent) + u64(local), 1337)
        yield u64(parent)


def sglang_hicache(chain):
    yield bytes(32)
    parent = b""
    for block in chain.blocks:
        hasher = hashlib.sha256(parent)
        for token in block.tokens:
            hasher.update(token.to_bytes(4, byteorder="little"))
        parent = hasher.digest()
        yield parent


def without_extras(chain):
    return Chain("", "", [Block(block.tokens, [], b"") for block in chain.blocks])


class HashesAsNone:
    """Stands for None in a tuple whose hash is taken: before 3.12, None's own is an address."""

    def __hash__(self):
        return NONE_HASH


def hash_of_text(text, seed, known={}):  # remembered: a process each
    if seed not in known:
        program = f"print(hash({text!r}))"
        known[seed] = int(
            subprocess.run([sys.executable, "-c", program], check=True, capture_output=True,
                           env={**os.environ, "PYTHONHASHSEED": seed}).stdout)
    return known[seed]


def lmcache_builtin(seed, chain):
    parent = hash_of_text(seed, seed)
    yield struct.pack("<q", parent)
    for block in chain.blocks:
        parent = hash((parent, tuple(block.tokens), HashesAsNone()))
        yield struct.pack("<q", parent)


def llm_d_cbor(seed, model, chain):
    def root(name):
        return fnv1a_64(cbor([fnv1a_64(seed.encode()), None, name]))

    yield u64(root(model))
    parent = root(chain.lora or model)
    for block in chain.blocks:
        extra = [{"Hash": key} for key, _ in block.multimodal]
        parent = fnv1a_64(cbor([parent, block.tokens, extra or None]))
        yield u64(parent)


def llm_d_xxh64(seed, model, chain):
    def sized(text):
        return u64(len(text.encode())) + text.encode()

    def root(name):
        return xxh64(u64(xxh64(seed.encode())) + sized(name))

    yield u64(root(model))
    parent = root(chain.lora or model)
    for block in chain.blocks:
        hashes = b"".join(sized(key) for key, _ in block.multimodal)
        parent = xxh64(u64(parent) + u32(block.tokens) + hashes)
        yield u64(parent)


def mooncake(salt, chain):
    yield u64(xxh64(salt.encode()))
    parent = xxh64((chain.salt or salt).encode())
    for block in chain.blocks:
        parent = xxh64(u64(parent) + u32(block.tokens))
        yield u64(parent)


# Each scheme: the text that kvsim is given for a drawn seed, and the rule with that seed.

WRITERS = {
    "sha256": (pickled, sha256),
    "sha256_cbor": (cbor, sha256),
    "xxhash": (pickled, xxh3_128),
    "xxhash_cbor": (cbor, xxh3_128),
}
SCHEMES = {
    **{
        f"vllm_{name}": (
            lambda seed, name=name: f"vllm_{name}:seed={seed}",
            lambda seed, chain, how=how: vllm(*how, seed, chain),
        )
        for name, how in WRITERS.items()
    },
    "dynamo": (lambda seed: "dynamo", lambda seed, chain: dynamo(chain)),
    "sglang_hicache": (lambda seed: "sglang_hicache", lambda seed, chain: sglang_hicache(chain)),
    "lmcache:hash=builtin": (lambda seed: f"lmcache:seed={seed}", lmcache_builtin),
    **{
        f"lmcache:hash={name}": (
            lambda seed, name=name: f"lmcache:hash={name},seed={seed}",
            lambda seed, chain, how=how: vllm(*how, seed, without_extras(chain)),
        )
        for name, how in WRITERS.items()
    },
    "llm_d": (
        lambda seed: f"llm_d:seed={seed},model=meta/llama",
        lambda seed, chain: llm_d_cbor(seed, "meta/llama", chain),
    ),
    "llm_d:algorithm=xxh64": (
        lambda seed: f"llm_d:algorithm=xxh64,seed={seed}",
        lambda seed, chain: llm_d_xxh64(seed, "", chain),
    ),
    "mooncake": (lambda seed: f"mooncake:salt=s{seed}", lambda seed, chain: mooncake(f"s{seed}", chain)),
}


# Random chains.


def make_text(rng, longest):
    alphabet = "abcXYZ019-_/.: \"\\\n\u00e9\u4e2d\U0001f680"
    # From two characters on: CPython keeps one object for each text of one Latin character, and
    # pickle refers back to an object that it meets twice.
    return "".join(rng.choices(alphabet, k=rng.randint(2, longest)))


def make_tokens(rng, count):
    # As many small ones as large: their encodings differ in length.
    return [rng.randrange(1 << rng.choice([5, 8, 16, 17, 24, 31])) for _ in range(count)]


def make_chain(rng, number):
    size = rng.choice([1, 2, 3, 16, 64, 256, rng.randint(1, 300), rng.randint(1, 300)])
    blocks = []
    for _ in range(rng.randint(1, 8)):
        multimodal = []
        if rng.random() < 0.3:
            multimodal = [[f"{rng.getrandbits(256):064x}", rng.randint(-70000, 70000)]
                          for _ in range(rng.randint(1, 5))]
        embeddings = rng.randbytes(32) if rng.random() < 0.1 else b""
        blocks.append(Block(make_tokens(rng, size), multimodal, embeddings))
    if rng.random() < 0.2:  # a last block that is not full
        blocks[-1].tokens = blocks[-1].tokens[: rng.randint(1, size)]
    lora = make_text(rng, 300) if rng.random() < 0.3 else ""
    salt = make_text(rng, 300) if rng.random() < 0.5 else ""
    if number % 100 == 0:  # beyond a frame of pickle
        blocks[0].tokens = make_tokens(rng, rng.randint(10000, 40000))
        salt += make_text(rng, 100000)
    return Chain(lora, salt, blocks)


def as_json(text, chain):
    blocks = [{"tokens": block.tokens, "multimodal": block.multimodal,
               "embeddings": block.embeddings.hex()} for block in chain.blocks]
    return json.dumps({"chain": text, "lora": chain.lora, "salt": chain.salt, "blocks": blocks})


def compare(name, count, seed, program):
    """How many keys were compared, and descriptions of those that differ."""
    text_of, rule = SCHEMES[name]
    # Few seeds: lmcache's rule starts a Python for each.
    rng = random.Random(f"{seed} {name}")
    seeds = ["0", "1", "4294967295"] + [str(rng.getrandbits(32)) for _ in range(13)]
    cases = [(rng.choice(seeds), make_chain(rng, number)) for number in range(count)]
    lines = "\n".join(as_json(text_of(drawn), chain) for drawn, chain in cases)
    result = subprocess.run([program], input=lines, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.strip())
    printed = result.stdout.splitlines()
    if len(printed) != count:
        raise RuntimeError(f"{name}: {len(printed)} chains printed of {count}")
    keys, differing = 0, []
    for number, ((drawn, chain), line) in enumerate(zip(cases, printed)):
        mine = line.split()
        theirs = [digest.hex() for digest in rule(drawn, chain)]
        keys += len(theirs)
        if mine != theirs:
            at = next((i for i, pair in enumerate(zip(mine, theirs)) if pair[0] != pair[1]),
                      min(len(mine), len(theirs)))
            differing.append(f"chain {number}, key {at} (0: the root), seed {drawn}: "
                             f"kvsim {mine[at:at + 1]}, Python {theirs[at:at + 1]}")
    return keys, differing


def make_environment(folder):
    """The packages in a virtual environment of its own; its python."""
    python = folder / "bin" / "python"
    stamp = folder / "installed.txt"
    installed = f"{PACKAGES} {sys.version}"
    if not stamp.exists() or stamp.read_text() != installed:
        print(f"installing {PACKAGES} into {folder}", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES.split()], check=True)
        stamp.write_text(installed)
    return python


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", default=str(ROOT / "build/release/tests/chain_keys"),
                        help="what prints kvsim's keys, built with the tests")
    parser.add_argument("--count", type=int, default=1000, help="how many random chains a scheme")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--schemes", help="names, separated by spaces; all if not given")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/parity",
                        help="where the virtual environment is kept")
    options = parser.parse_args()
    names = options.schemes.split() if options.schemes else list(SCHEMES)
    unknown = [name for name in names if name not in SCHEMES]
    if unknown:
        parser.error(f"no such scheme: {', '.join(unknown)}; known: {', '.join(SCHEMES)}")
    if options.count < 1:
        parser.error("--count must be 1 or more")
    if not pathlib.Path(options.program).exists():
        print(f"{options.program}: no such program; build it or give --program", file=sys.stderr)
        return 2
    if sys.version_info < (3, 11):
        print("Python 3.11 or later is needed: it hashes text with SipHash-1-3", file=sys.stderr)
        return 2
    environment = options.folder / "chains-venv"
    if pathlib.Path(sys.prefix) != environment:  # again, in the environment
        python = make_environment(environment)
        return subprocess.run([python, *sys.argv], check=False).returncode

    began = time.monotonic()
    failed = 0
    print(f"{'scheme':24} {'chains':>7} {'keys':>7} {'differ':>7}")
    for name in names:
        try:
            keys, differing = compare(name, options.count, options.seed, options.program)
        except RuntimeError as error:
            print(f"error: {error}", file=sys.stderr)
            return 2
        print(f"{name:24} {options.count:7} {keys:7} {len(differing):7}", flush=True)
        for line in differing[:3]:
            print(f"    {line}")
        failed += len(differing)
    print(f"{options.count * len(names)} chains in {time.monotonic() - began:.0f} s; "
          f"{failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
