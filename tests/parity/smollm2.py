#!/usr/bin/env python3
"""Compares kvsim's SmolLM2 with Hugging Face's transformers over the same GGUF file.

See README.md beside this file. Exit code 0 if ids, logits and continuations agree as they must, 1 if
not, 2 if the comparison could not be made.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import venv

PACKAGES = "torch==2.15.0 transformers==5.24.0 tokenizers==0.23.3 gguf==0.19.0 numpy==2.4.6"
ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
NEW_TOKENS = 32
CLOSE = 1e-3  # relative

PROMPTS = [
    "The capital of France is",
    "Once upon a time, in a village by the sea,",
    "def fibonacci(n):\n    if n < 2:\n        return n\n",
    "2 + 2 = 4, 3 + 3 = 6, 123 + 456 =",
    "Q: Why is the sky blue?\nA:",
    "Dear Sir or Madam,\n\nI am writing to",
    "Water boils at 100 degrees Celsius, which in Fahrenheit is",
    "SELECT name, age FROM people WHERE",
    "Les sanglots longs des violons de l'automne",
    "Die Würde des Menschen ist",
    "吾輩は猫である。名前は",
    "\U0001f600 means happy and \U0001f622 means",
    "# Shopping list\n\n- milk\n- bread\n- ",
    "To be, or not to be, that is the question:",
    '{"name": "Ada", "born": 1815, "field": "',
    "a",
    "   leading blanks and\ttabs\n\n\nand lines",
    "The quick brown fox jumps over the lazy dog. " * 12,
    "<|im_start|>user\nName three primary colours.<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>system\nYou answer in one word.<|im_end|>\n<|im_start|>user\nIs ice cold?<|im_end|>\n"
    "<|im_start|>assistant\n",
]
CHATS = [
    [{"role": "user", "content": "Hi"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is 12 * 12?"}],
    [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi!  "},
     {"role": "user", "content": "\nTell me more about it, please"}],
]


def odd_texts(count, seed):
    """Texts of what tokenizers differ in: blanks, digits, marks, scripts, control tokens."""
    rng = random.Random(seed)
    pieces = list("abcXYZ 0129'\"<>|_-.,!?\n\t\r\v\f")
    pieces += list("é½²Ⅷ٣中文한국ſßДжש\u0301\u180e\u00a0\u2003\u200b\u200d\u3000\x85\x00\x04\x1c\x7f\ufeff")
    pieces += ["\U0001f600", "\U0001f469\u200d\U0001f467", "'s", "'LL", "'ſ", "  ", "\n\n", "hello", " world",
               "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<repo_name>", "<|im", "|>", " 2024", "don't"]
    texts = []
    for number in range(count):
        if number % 4 == 3:  # any characters
            planes = [0x80, 0x800, 0x10000, 0x20000]
            codes = (rng.randrange(rng.choice(planes)) for _ in range(rng.randint(1, 30)))
            texts.append("".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000))
        else:
            texts.append("".join(rng.choices(pieces, k=rng.randint(0, 60))))
    return texts


# Hugging Face's side. torch, transformers and gguf are the environment's.


def reference_tokenizer(model):
    """transformers' own, with the pre-tokenizer that the file names, which its conversion of GGUF
    files leaves at GPT-2's: that of SmolLM2's tokenizer.json, digits one by one first."""
    from tokenizers import pre_tokenizers
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(model.parent), gguf_file=model.name)
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    ])
    return tokenizer


def reference_model(model):
    """LlamaForCausalLM in float32 with the file's dequantised weights: the package gguf's values,
    q and k put back into the order of Hugging Face's rotary positions."""
    import gguf
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    reader = gguf.GGUFReader(model)

    def key(name):
        return reader.fields[name].contents()

    heads, kv_heads = key("llama.attention.head_count"), key("llama.attention.head_count_kv")
    config = LlamaConfig(
        vocab_size=key("llama.vocab_size"), hidden_size=key("llama.embedding_length"),
        intermediate_size=key("llama.feed_forward_length"),
        num_hidden_layers=key("llama.block_count"), num_attention_heads=heads,
        num_key_value_heads=kv_heads, max_position_embeddings=key("llama.context_length"),
        rms_norm_eps=key("llama.attention.layer_norm_rms_epsilon"), tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": key("llama.rope.freq_base")},
        attn_implementation="eager")

    def rotary_halves(weight, count):
        rows = weight.shape[0] // count // 2
        return weight.reshape(count, rows, 2, -1).swapaxes(1, 2).reshape(weight.shape)

    names = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
             "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
             "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
             "ffn_down": "mlp.down_proj", "token_embd": "model.embed_tokens",
             "output_norm": "model.norm"}
    state = {}
    for tensor in reader.tensors:
        weight = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        weight = weight.reshape([int(size) for size in reversed(tensor.shape)])
        parts = tensor.name.split(".")
        name = names[parts[-2]] + ".weight"
        if parts[0] == "blk":
            name = f"model.layers.{parts[1]}.{name}"
        if parts[-2] in ("attn_q", "attn_k"):
            weight = rotary_halves(weight, heads if parts[-2] == "attn_q" else kv_heads)
        state[name] = torch.tensor(weight.astype("float32"))
    network = LlamaForCausalLM(config).to(torch.float32).eval()
    missing, surplus = network.load_state_dict(state, strict=False)
    if set(missing) - {"lm_head.weight"} or surplus:
        raise RuntimeError(f"the file lacks {missing} and has {surplus} besides")
    network.tie_weights()
    return network


def reference_answers(network, ids_of_prompts):
    """Logits of each prompt's last position, and the tokens that follow it greedily, with how far
    the winner of each was ahead of the second."""
    import torch

    answers = []
    with torch.inference_mode():
        for ids in ids_of_prompts:
            result = network(torch.tensor([ids]), use_cache=True)
            logits = result.logits[0, -1]
            continuation, leads = [], []
            for _ in range(NEW_TOKENS):
                best = torch.topk(result.logits[0, -1], 2)
                continuation.append(int(best.indices[0]))
                leads.append(float(best.values[0] - best.values[1]))
                result = network(torch.tensor([continuation[-1:]]), use_cache=True,
                                 past_key_values=result.past_key_values)
            answers.append({"ids": ids, "logits": logits.tolist(), "continuation": continuation,
                            "leads": leads})
    return answers


# kvsim's side.


def run(command, **options):
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]}: {result.stderr.strip()}")
    return result.stdout


def compare_ids(tokenizer, options):
    texts = PROMPTS + odd_texts(options.texts, options.seed)
    output = json.loads(run([options.tokenize, options.model],
                            input=json.dumps({"texts": texts, "chats": CHATS})))
    differing = []
    for text, mine in zip(texts, output["ids"]):
        theirs = tokenizer(text, add_special_tokens=False).input_ids
        if mine != theirs:
            differing.append(f"{text!r}: kvsim {mine}, Hugging Face {theirs}")
    for chat, mine in zip(CHATS, output["chats"]):
        theirs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False)
        if mine != theirs:
            differing.append(f"{chat}: kvsim {mine}, Hugging Face {theirs}")
    print(f"ids: {len(texts)} texts and {len(CHATS)} chats; {len(differing)} differ")
    for line in differing[:5]:
        print(f"    {line}")
    return not differing


def kvsim_answers(options):
    with tempfile.TemporaryDirectory() as folder:
        prompts = pathlib.Path(folder) / "prompts.json"
        answers = pathlib.Path(folder) / "answers.json"
        prompts.write_text(json.dumps({"prompts": PROMPTS, "tokens": NEW_TOKENS}))
        run([options.program, "model", "logits", "--model", options.model, "--prompts", prompts,
             "-o", answers])
        return json.loads(answers.read_text())["prompts"]


def compare_answers(reference, mine):
    """Prints a line for each prompt; whether all agree."""
    import numpy

    agree = len(reference) == len(mine)
    print(f"{'prompt':32} {'tokens':>6} {'norm':>9} {'largest':>9} {'same of ' + str(NEW_TOKENS):>10}")
    for text, theirs, ours in zip(PROMPTS, reference, mine):
        a, b = numpy.array(ours["logits"]), numpy.array(theirs["logits"])
        norm = numpy.linalg.norm(a - b) / numpy.linalg.norm(b)
        largest = numpy.abs(a - b).max() / numpy.abs(b).max()
        same = 0
        while same < NEW_TOKENS and ours["continuation"][same:same + 1] == [theirs["continuation"][same]]:
            same += 1
        print(f"{text[:30]!r:32} {len(theirs['ids']):6} {norm:9.1e} {largest:9.1e} {same:10}")
        if same < NEW_TOKENS:
            print(f"    at the first that differs, Hugging Face's best is {theirs['leads'][same]:.1e} ahead")
        agree &= (norm <= CLOSE and largest <= CLOSE and same == NEW_TOKENS
                  and ours["ids"] == theirs["ids"])
    return agree


def default_model():
    cache = os.environ.get("KVSIM_CACHE")
    if not cache:
        cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "kvsim"
    return pathlib.Path(cache) / FILE


def make_environment(folder):
    """The packages in a virtual environment of its own; its python."""
    python = folder / "bin" / "python"
    stamp = folder / "installed.txt"
    installed = f"{PACKAGES} {sys.version}"
    if not stamp.exists() or stamp.read_text() != installed:
        print(f"installing {PACKAGES} into {folder} (some 3 GB)", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES.split()], check=True)
        stamp.write_text(installed)
    return python


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=pathlib.Path, default=default_model(),
                        help="the GGUF file; by default where 'kvsim model fetch smollm2' puts it")
    parser.add_argument("--program", default=str(BUILD / "bin/kvsim-model"),
                        help="kvsim's program for real models")
    parser.add_argument("--tokenize", default=str(BUILD / "tests/tokenize"),
                        help="what prints kvsim's ids, built with the tests")
    parser.add_argument("--texts", type=int, default=500, help="how many odd texts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ids-only", action="store_true", help="compare the tokenizers alone")
    parser.add_argument("--reference", type=pathlib.Path,
                        help="keep Hugging Face's answers in this file, and take them from it if it is there")
    parser.add_argument("--venv", type=pathlib.Path, default=ROOT / "build/parity/smollm2-venv",
                        help="the virtual environment; made and filled if it is not there")
    options = parser.parse_args()
    if options.texts < 1:
        parser.error("--texts must be 1 or more")
    needed = {options.model: "kvsim model fetch smollm2", options.tokenize: "build the tests"}
    if not options.ids_only:
        needed[options.program] = "build kvsim-model"
    for path, remedy in needed.items():
        if not pathlib.Path(path).exists():
            print(f"{path}: there is no such file: {remedy}", file=sys.stderr)
            return 2
    if pathlib.Path(sys.prefix).resolve() != options.venv.resolve():  # again, in the environment
        python = make_environment(options.venv.resolve())
        return subprocess.run([python, *sys.argv], check=False).returncode

    began = time.monotonic()
    options.model = options.model.resolve()
    tokenizer = reference_tokenizer(options.model)
    try:
        agree = compare_ids(tokenizer, options)
        if not options.ids_only:
            if options.reference and options.reference.exists():
                reference = json.loads(options.reference.read_text())["prompts"]
            else:
                ids = [tokenizer(text, add_special_tokens=False).input_ids for text in PROMPTS]
                reference = reference_answers(reference_model(options.model), ids)
                if options.reference:
                    options.reference.write_text(json.dumps({"prompts": reference}))
            agree &= compare_answers(reference, kvsim_answers(options))
    except RuntimeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{'all agree' if agree else 'NOT all agree'} ({time.monotonic() - began:.0f} s)")
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
