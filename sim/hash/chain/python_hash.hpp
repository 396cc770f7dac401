#pragma once
// CPython's hash() of what LMCache hashes with it: text, and tuples of integers and None.

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/core/ids.hpp"

namespace kvsim {

/// hash(text), ASCII, in CPython 3.11 and later run with PYTHONHASHSEED set to `seed`: SipHash-1-3
/// (PEP 456, Python/pyhash.c), its key drawn from the seed (Python/bootstrap_hash.c).
std::int64_t python_hash(std::string_view text, std::uint32_t seed);

/// hash((parent, tuple(tokens), None)) in CPython 3.12 and later, where None hashes to a constant
/// (Objects/tupleobject.c, Objects/longobject.c). The seed has no part in it.
std::int64_t python_hash(std::int64_t parent, std::span<const Token> tokens);

}  // namespace kvsim
