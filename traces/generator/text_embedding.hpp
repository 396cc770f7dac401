#pragma once

#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Word vectors looked up for documents, sentence by sentence. Words follow Zipf-Mandelbrot's law;
/// a content word (beyond the most frequent function words) tends to come back within its document,
/// as topics do. All look-ups of a sentence share one time.
struct TextEmbedding {
  static constexpr std::string_view kName = "text_embedding";
  static constexpr std::string_view kDoc =
      "Word vectors of documents: Zipf-Mandelbrot words in sentences, content words recurring "
      "within a document (Mandelbrot 1953; Church and Gale 1995 on recurrence).";

  struct Config {
    std::uint64_t accesses = 500'000;
    std::uint64_t words = 400'000;
    double alpha = 1;
    double shift = 2.7;
    double sentence_words = 20;
    double document_sentences = 25;
    double recurrence = 0.2;
    std::uint64_t function_words = 150;
    double rate = 200;
    std::uint32_t vector_bytes = 1200;

    static auto fields() {
      return std::tuple{
          field("accesses", &Config::accesses, 1, 4e9, "words looked up"),
          field("words", &Config::words, 1, 1e9,
                "vocabulary: 400,000 as in the GloVe vectors trained on Wikipedia and Gigaword"),
          field("alpha", &Config::alpha, 0, 10, "exponent: 1, Zipf's law for words"),
          field("shift", &Config::shift, 0, 1e6, "Mandelbrot's shift of the rank, 2.7 for English"),
          field("sentence_words", &Config::sentence_words, 1, 1e6,
                "mean words of a sentence, geometric (modelling choice)"),
          field("document_sentences", &Config::document_sentences, 1, 1e6,
                "mean sentences of a document, geometric (modelling choice)"),
          field("recurrence", &Config::recurrence, 0, 1,
                "probability that a word repeats one of its document's content words (modelling "
                "choice)"),
          field("function_words", &Config::function_words, 0, 1e9,
                "most frequent words that carry no topic (modelling choice)"),
          field("rate", &Config::rate, 1e-6, 1e9, "sentences a second, Poisson"),
          field("vector_bytes", &Config::vector_bytes, 1, 1e9,
                "bytes of a vector: 300 float32 values, as in word2vec and GloVe"),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const ZipfSampler rank(config.words, config.alpha, config.shift);
    PoissonArrivals arrivals(config.rate, derive_seed(seed, 1));
    Rng rng(seed);
    std::vector<std::uint64_t> topic;  // content words of the current document, once a use
    std::uint64_t words_left = 0;
    std::uint64_t sentences_left = 0;
    RequestRow row;
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    for (std::uint64_t i = 0; i < config.accesses; ++i) {
      if (words_left == 0) {
        if (sentences_left == 0) {
          sentences_left = geometric(rng, config.document_sentences);
          topic.clear();
        }
        --sentences_left;
        words_left = geometric(rng, config.sentence_words);
        row.arrival = whole_ms(arrivals.next());
      }
      --words_left;
      const bool recurs = chance(rng, config.recurrence) && !topic.empty();
      const std::uint64_t word = recurs ? topic[rng.below(topic.size())] : rank(rng) - 1;
      if (word >= config.function_words) topic.push_back(word);
      builder.add_object(word, config.vector_bytes, row);
    }
    return builder.finish("text_embedding", "generated");
  }
};

static_assert(TraceGenerator<TextEmbedding>);

}  // namespace kvsim
