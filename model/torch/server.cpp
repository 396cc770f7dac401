#include "model/torch/server.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>

namespace kvsim::torch_models {

namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Requests draw from generators of their own, so that neither batch nor order changes a text.
std::uint64_t seed_of(std::uint64_t seed, std::uint64_t id) {
  return seed * 0x9e3779b97f4a7c15U + id;
}

std::span<const float> row(const at::Tensor& logits, std::int64_t r) {
  return {logits.data_ptr<float>() + r * logits.size(1), static_cast<std::size_t>(logits.size(1))};
}

}  // namespace

Server::Server(const Transformer& model, const Config& config, Stopwatch stopwatch)
    : model_(model),
      config_(config),
      stopwatch_(stopwatch ? std::move(stopwatch) : steady_seconds),
      cache_(config.cache),
      pool_(model.kv_shape(config.cache.block_size, config.kv_type), cache_.pool_blocks(),
            model.device()) {}

void Server::submit(ServeRequest request) { waiting_.insert({submitted_++, std::move(request)}); }

bool Server::step() {
  if (running_.empty() && waiting_.empty()) return false;
  if (running_.empty()) now_ = std::max(now_, waiting_.begin()->request.arrival_s);
  const bool can_begin = running_.size() < config_.batch && !waiting_.empty() &&
                         waiting_.begin()->request.arrival_s <= now_;
  if (can_begin) {
    prefill();
  } else {
    decode();
  }
  return true;
}

std::vector<ServedRequest> Server::take_finished() { return std::exchange(finished_, {}); }

// True where the request goes on.
bool Server::take_token(Running& running, std::span<const float> logits) {
  const Token token = sample(logits, config_.sampling, running.rng);
  running.served.output.push_back(token);
  running.tokens.push_back(token);
  const auto& eos = model_.config().eos;
  running.served.is_complete = std::find(eos.begin(), eos.end(), token) != eos.end();
  return running.served.output.size() < running.most_output &&
         !(running.stops_at_eos && running.served.is_complete);
}

void Server::finish(Running& running) {
  cache_.release(running.sequence, running.tokens);
  running.served.outcome = running.sequence.outcome();
  running.served.end_s = now_;
  finished_.push_back(std::move(running.served));
}

void Server::prefill() {
  ServeRequest request = std::move(waiting_.extract(waiting_.begin()).value().request);
  const double began = stopwatch_();
  Running running{{},
                  {},
                  request.prompt,
                  request.most_output,
                  request.stops_at_eos,
                  Rng(seed_of(config_.seed, request.id))};
  running.served.id = request.id;
  running.served.number = started_++;
  running.served.arrival_s = request.arrival_s;
  running.served.start_s = now_;
  running.sequence = cache_.begin(running.served.number, request.prompt);
  const std::uint32_t cached = running.sequence.cached_tokens();
  running.served.cached_tokens = cached;
  const Chunk chunk{std::span<const Token>(request.prompt).subspan(cached), cached,
                    running.sequence.table()};
  const at::Tensor logits = model_.forward({&chunk, 1}, pool_);
  cache_.computed(running.sequence, request.prompt);
  const bool goes_on = take_token(running, row(logits, 0));
  now_ += stopwatch_() - began;

  running.served.first_token_s = now_;
  running.served.prompt = std::move(request.prompt);
  if (config_.keeps_logits) {
    const auto values = row(logits, 0);
    running.served.first_logits.assign(values.begin(), values.end());
  }
  if (goes_on) {
    running_.push_back(std::move(running));
  } else {
    finish(running);
  }
}

void Server::decode() {
  const double began = stopwatch_();
  std::vector<Chunk> chunks;
  for (Running& r : running_) {
    cache_.extend(r.sequence, r.tokens.size());
    chunks.push_back(
        {std::span<const Token>(r.tokens).last(1), r.tokens.size() - 1, r.sequence.table()});
  }
  const at::Tensor logits = model_.forward(chunks, pool_);
  std::vector<bool> goes_on(running_.size());
  for (std::size_t i = 0; i < running_.size(); ++i) {
    cache_.computed(running_[i].sequence, running_[i].tokens);
    goes_on[i] = take_token(running_[i], row(logits, static_cast<std::int64_t>(i)));
  }
  now_ += stopwatch_() - began;

  std::vector<Running> left;
  for (std::size_t i = 0; i < running_.size(); ++i) {
    if (goes_on[i]) {
      left.push_back(std::move(running_[i]));
    } else {
      finish(running_[i]);
    }
  }
  running_ = std::move(left);
}

}  // namespace kvsim::torch_models
