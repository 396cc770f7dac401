#pragma once

#include <cmath>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Features that a vision encoder computed for images. Images are of Zipf popularity; some go
/// viral: never seen before, they take a share of all traffic for a while. A request may bring a
/// near-duplicate (another encoding or crop), which a cache of exact content cannot know; with
/// `merge` it can, as under a perceptual hash. Ids: image × 1024 + variant, variant 0 the original.
/// Categories "catalogue" and "viral".
struct ImageFeatures {
  static constexpr std::string_view kName = "image_features";
  static constexpr std::string_view kDoc =
      "Vision-encoder features of images: large objects, viral images, near-duplicates (sizes as "
      "of "
      "CLIP ViT-L/14 at 336 pixels, Radford et al. 2021).";

  struct Config {
    std::uint64_t accesses = 200'000;
    std::uint64_t images = 50'000;
    double alpha = 0.8;
    double viral_share = 0.15;
    double viral_every = 5'000;
    double viral_length = 10'000;
    double near_duplicates = 0.2;
    std::uint32_t variants = 8;
    bool merge = false;
    std::uint32_t max_tiles = 6;
    std::uint32_t tile_bytes = 1'179'648;
    double rate = 50;

    static auto fields() {
      return std::tuple{
          field("accesses", &Config::accesses, 1, 4e9, "images asked for"),
          field("images", &Config::images, 1, 1e9, "images of the catalogue (modelling choice)"),
          field(
              "alpha", &Config::alpha, 0, 10,
              "Zipf exponent of image popularity (modelling choice, within Breslau et al.'s range "
              "for the web)"),
          field("viral_share", &Config::viral_share, 0, 1,
                "share of requests for viral images while there are any (modelling choice)"),
          field("viral_every", &Config::viral_every, 1, 1e12,
                "mean requests between two images going viral, geometric (modelling choice)"),
          field("viral_length", &Config::viral_length, 1, 1e12,
                "mean requests for which an image stays viral, geometric (modelling choice)"),
          field("near_duplicates", &Config::near_duplicates, 0, 1,
                "probability that a request brings a near-duplicate instead of the original "
                "(modelling choice)"),
          field("variants", &Config::variants, 1, 1023,
                "near-duplicates that an image has (modelling choice)"),
          field("merge", &Config::merge,
                "near-duplicates are one object with their original, as under a perceptual hash"),
          field("max_tiles", &Config::max_tiles, 1, 1000,
                "an image is encoded as 1 to this many tiles, uniformly (modelling choice)"),
          field("tile_bytes", &Config::tile_bytes, 1, 4e6,
                "bytes of a tile's features: 576 patches of 1,024 float16 values (CLIP ViT-L/14 at "
                "336 pixels)"),
          field("rate", &Config::rate, 1e-6, 1e9, "requests a second, Poisson"),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const ZipfSampler rank(config.images, config.alpha);
    PoissonArrivals arrivals(config.rate, derive_seed(seed, 1));
    Rng rng(seed);
    struct Viral {
      std::uint64_t image;
      std::uint64_t until;
    };
    std::vector<Viral> viral;
    std::uint64_t next_image = config.images;
    std::uint64_t next_viral = geometric(rng, config.viral_every);
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    for (std::uint64_t i = 0; i < config.accesses; ++i) {
      if (i == next_viral) {
        viral.push_back({next_image++, i + geometric(rng, config.viral_length)});
        next_viral = i + geometric(rng, config.viral_every);
      }
      std::erase_if(viral, [&](const Viral& v) { return v.until <= i; });
      RequestRow row;
      row.arrival = whole_ms(arrivals.next());
      const bool is_viral = chance(rng, config.viral_share) && !viral.empty();
      row.category = is_viral ? "viral" : "catalogue";
      const std::uint64_t image = is_viral ? viral[rng.below(viral.size())].image : rank(rng) - 1;
      std::uint64_t variant = 0;
      if (chance(rng, config.near_duplicates)) variant = 1 + rng.below(config.variants);
      if (config.merge) variant = 0;
      const std::uint64_t tiles = 1 + derive_seed(seed, image) % config.max_tiles;
      builder.add_object(image * 1024 + variant,
                         static_cast<std::uint32_t>(tiles * config.tile_bytes), row);
    }
    return builder.finish("image_features", "generated");
  }
};

static_assert(TraceGenerator<ImageFeatures>);

}  // namespace kvsim
