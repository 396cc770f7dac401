#pragma once

#include <string_view>

namespace kvsim {

/// The config.json of the model in fuzz/corpus/safetensors.
inline constexpr std::string_view kSmallConfig =
    R"({"model_type": "llama", "hidden_size": 2, "num_hidden_layers": 1, "num_attention_heads": 1,
        "intermediate_size": 2, "max_position_embeddings": 8, "vocab_size": 3,
        "rms_norm_eps": 1e-5, "tie_word_embeddings": true})";

}  // namespace kvsim
