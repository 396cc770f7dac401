#pragma once
// What a language model is made of, as far as its time and memory depend on it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kvsim {

/// How a number is stored. `kMxfp4`: 4 bits and an 8-bit scale for each 32 (OCP Microscaling
/// Formats 1.0, section 5).
enum class ElementType { kFloat32, kFloat16, kBfloat16, kFloat8, kInt8, kInt4, kMxfp4 };

std::string_view name_of(ElementType type);
/// Bits an element; scales are counted only where the format itself fixes their number (kMxfp4).
double bits_of(ElementType type);
/// Throws InputError with the nearest name.
ElementType parse_element_type(std::string_view text);
std::vector<std::string> element_type_names();

/// What a layer keeps of the tokens before.
enum class AttentionKind {
  kFull,           ///< keys and values of every token (MHA, GQA, MQA)
  kSlidingWindow,  ///< those of the last `window` tokens
  kLatent,         ///< MLA: one compressed vector and one rotary key a token, for all heads
  kLinear,         ///< a state of fixed size (linear attention, SSM, recurrent)
};
std::string_view name_of(AttentionKind kind);

/// Layers of one kind. What a kind does not use is 0.
struct AttentionLayers {
  AttentionKind kind = AttentionKind::kFull;
  std::uint64_t layers = 0;
  std::uint64_t query_heads = 0;
  std::uint64_t kv_heads = 0;    ///< kFull, kSlidingWindow
  std::uint64_t head_size = 0;   ///< of keys and values; kLatent: of a key without its rotary part
  std::uint64_t window = 0;      ///< kSlidingWindow: tokens, a token itself included
  std::uint64_t kv_rank = 0;     ///< kLatent: size of the compressed vector (`kv_lora_rank`)
  std::uint64_t rope_size = 0;   ///< kLatent: rotary part of a key (`qk_rope_head_dim`)
  std::uint64_t value_size = 0;  ///< kLatent: of a value (`v_head_dim`)
  std::uint64_t query_rank = 0;  ///< kLatent: `q_lora_rank`; 0: queries are not compressed
  std::uint64_t state_size = 0;  ///< kLinear: elements of a layer's state
  std::uint64_t layer_weights = 0;  ///< kLinear: elements of a layer's matrices
};

/// Feed-forward layers of one kind: dense ones have one expert.
struct FeedForwardLayers {
  std::uint64_t layers = 0;
  std::uint64_t size = 0;  ///< of an expert's inner vector
  std::uint64_t experts = 1;
  std::uint64_t active_experts = 1;  ///< that a token passes through
  std::uint64_t shared_size = 0;     ///< inner size of what every token passes through beside them
  std::uint64_t matrices = 3;        ///< 3: gated (SwiGLU); 2: plain
};

/// Where numbers come from: "layers, hidden": "config.json of …".
struct Source {
  std::string of;
  std::string text;
};

/// A decoder-only model.
struct ModelShape {
  std::string name;
  std::string doc;
  std::uint64_t hidden = 0;
  std::uint64_t vocabulary = 0;
  bool tied_embeddings = false;  ///< the output head is the embedding table
  std::vector<AttentionLayers> attention;
  std::vector<FeedForwardLayers> feed_forward;
  std::uint64_t other_weights = 0;    ///< norms, biases, sinks: held, not multiplied
  std::uint64_t longest_context = 0;  ///< tokens of a sequence; 0: not stated
  ElementType weight_type = ElementType::kBfloat16;
  /// Of the experts' matrices, where they differ (gpt-oss); else as weight_type.
  ElementType expert_type = ElementType::kBfloat16;
  ElementType kv_type = ElementType::kBfloat16;  ///< as it is usually served
  std::vector<Source> sources;

  std::uint64_t layers() const;
  /// All weights.
  std::uint64_t parameters() const;
  /// Those of one token's forward pass: all but the experts that it does not pass through.
  std::uint64_t active_parameters() const;
  /// Elements of the matrices that every token is multiplied with: without embedding table, output
  /// head and other_weights.
  std::uint64_t multiplied_weights() const;
  std::uint64_t head_weights() const { return hidden * vocabulary; }

  /// Bytes of weights that a step over `tokens` tokens reads: of the experts, those that it is
  /// expected to reach if each token picks at random, E (1 - (1 - k/E)^tokens).
  double weight_bytes_read(double tokens) const;
  /// Bytes of all weights.
  double weight_bytes() const;

  /// KV bytes that a sequence of `tokens` tokens holds, over all GPUs of a group of
  /// `tensor_parallel`: heads are divided among them, and held more than once where there are fewer
  /// heads than GPUs; what MLA compresses is held by each. A layer with a window holds at most so
  /// many tokens; a fixed state is held once a sequence, divided.
  double kv_bytes(std::uint64_t tokens, ElementType type, std::uint64_t tensor_parallel = 1) const;
  /// KV bytes that each further token adds while no window is full: what engines reserve a token
  /// that keep windowed layers whole. Over all GPUs of the group.
  double kv_bytes_per_token(ElementType type, std::uint64_t tensor_parallel = 1) const;
  /// The same once every window is full: what a long sequence grows by.
  double kv_bytes_per_token_growing(ElementType type, std::uint64_t tensor_parallel = 1) const;
  /// What a cached block holds so that a request can go on behind it: keys and values of its tokens
  /// in every layer that has them, windowed ones included, and a copy of each fixed state.
  double kv_bytes_per_block(std::uint64_t block_size, ElementType type,
                            std::uint64_t tensor_parallel = 1) const;

  /// Floating-point operations of a prefill of `added` tokens behind `cached` ones: two for each
  /// multiplied weight and token, the output head for the last token only, and the causal attention
  /// (attention_flops).
  double prefill_flops(std::uint64_t cached, std::uint64_t added) const;
  /// Its attention: 4 h d (c n + n²/2) a full layer, for h heads of size d, n new tokens behind c
  /// cached ones; within a window the pairs that it leaves; for MLA uncompressed keys and values,
  /// those of cached tokens expanded anew.
  double attention_flops(std::uint64_t cached, std::uint64_t added) const;
  /// Operations of one decoded token behind `context` tokens; MLA in its absorbed form.
  double decode_flops(std::uint64_t context) const;
};

}  // namespace kvsim
