#pragma once

#include "tests/policies/twins/row.hpp"

namespace kvsim::twins {

/// Random replacement: one draw among the residents.
class Random : public Twin {
 public:
  Random(std::uint64_t capacity, Rng& rng) : Twin(capacity), rng_(rng) {}

 private:
  void hit(const Request&) override {}
  bool evict(const Request&) override {
    const Id drawn = row_.draw(rng_);
    row_.remove(drawn);
    leave(drawn);
    return true;
  }
  void insert(const Request& x) override { row_.add(x.id); }

  Rng& rng_;
  Row row_;
};

}  // namespace kvsim::twins
