#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "traces/generator/concept.hpp"
#include "traces/generator/sampling.hpp"
#include "traces/trace_builder.hpp"

namespace kvsim {

/// Pages that a database's buffer pool is asked for. A point query walks the index from the root to
/// a leaf and reads the row's heap page; hot rows lie scattered over the heap. A range query reads
/// neighbouring rows. Now and then an analytical query scans the whole heap, page by page, while
/// the others go on. Ids: index level in the top bits, page below; categories "index", "row" and
/// "scan".
struct DatabaseQueries {
  static constexpr std::string_view kName = "database_queries";
  static constexpr std::string_view kDoc =
      "Buffer-pool pages of a database: B-tree look-ups of hot rows, range queries, and analytical "
      "scans in between (key popularity as in YCSB, Cooper et al. 2010).";

  struct Config {
    std::uint64_t queries = 120'000;
    std::uint64_t rows = 1'000'000;
    double alpha = 0.99;
    std::uint64_t rows_per_page = 50;
    std::uint64_t fanout = 200;
    double range_share = 0.1;
    double range_rows = 100;
    double scan_every = 60'000;
    std::uint64_t scan_pages = 4;
    double rate = 1'000;
    std::uint32_t page_bytes = 8192;

    static auto fields() {
      return std::tuple{
          field("queries", &Config::queries, 1, 1e9, "point and range queries"),
          field("rows", &Config::rows, 1, 1e9, "rows of the table (modelling choice)"),
          field("alpha", &Config::alpha, 0, 10,
                "Zipf exponent of row popularity: 0.99, YCSB's constant"),
          field("rows_per_page", &Config::rows_per_page, 1, 1e6,
                "rows a heap page (modelling choice: about 160 bytes a row)"),
          field("fanout", &Config::fanout, 2, 1e6, "entries an index page (modelling choice)"),
          field(
              "range_share", &Config::range_share, 0, 1,
              "share of queries that read a range (modelling choice; YCSB's workload E has 0.95)"),
          field("range_rows", &Config::range_rows, 1, 1e9,
                "mean rows of a range, geometric (modelling choice)"),
          field("scan_every", &Config::scan_every, 1, 1e12,
                "mean queries between the starts of two analytical scans, geometric (modelling "
                "choice)"),
          field("scan_pages", &Config::scan_pages, 1, 1e6,
                "pages that a running scan reads a query (modelling choice)"),
          field("rate", &Config::rate, 1e-6, 1e9, "queries a second, Poisson"),
          field("page_bytes", &Config::page_bytes, 1, 1e9,
                "page size: PostgreSQL's default, 8 KiB"),
      };
    }
  };

  static Trace generate(const Config& config, std::uint64_t seed) {
    const ZipfSampler rank(config.rows, config.alpha);
    PoissonArrivals arrivals(config.rate, derive_seed(seed, 1));
    Rng rng(seed);
    std::vector<std::uint32_t> row_of(config.rows);  // of each rank
    std::iota(row_of.begin(), row_of.end(), 0u);
    shuffle(rng, row_of);
    // Entries under one page of each index level, from the leaves to the root.
    std::vector<std::uint64_t> spans{config.fanout};
    while (spans.back() < config.rows) spans.push_back(spans.back() * config.fanout);

    const std::uint64_t heap_pages = (config.rows - 1) / config.rows_per_page + 1;
    std::uint64_t scan_next = heap_pages;  // no scan is running
    std::uint64_t until_scan = geometric(rng, config.scan_every);
    RequestRow row;
    TraceBuilder builder(TraceBuilder::Kind::kObjects);
    const auto read = [&](std::uint64_t level, std::uint64_t page, std::string_view category) {
      row.category = category;
      builder.add_object(level << 48 | page, config.page_bytes, row);
    };
    for (std::uint64_t i = 0; i < config.queries; ++i) {
      row.arrival = whole_ms(arrivals.next());
      const std::uint64_t first = row_of[rank(rng) - 1];
      std::uint64_t last = first;
      if (chance(rng, config.range_share)) {
        last = std::min(first + geometric(rng, config.range_rows), config.rows) - 1;
      }
      for (std::size_t level = spans.size(); level > 0; --level) {
        read(level, first / spans[level - 1], "index");
      }
      for (std::uint64_t r = first; r <= last; ++r) {
        if (r > first && r % config.fanout == 0) read(1, r / config.fanout, "index");
        if (r == first || r % config.rows_per_page == 0) read(0, r / config.rows_per_page, "row");
      }
      if (scan_next == heap_pages && --until_scan == 0) {
        scan_next = 0;
        until_scan = geometric(rng, config.scan_every);
      }
      for (std::uint64_t p = 0; p < config.scan_pages && scan_next < heap_pages; ++p) {
        read(0, scan_next++, "scan");
      }
    }
    return builder.finish("database_queries", "generated");
  }
};

static_assert(TraceGenerator<DatabaseQueries>);

}  // namespace kvsim
