#include "experiments/distributed/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "experiments/partial.hpp"
#include "sim/core/error.hpp"
#include "sim/metrics/provenance.hpp"
#include "sim/metrics/result_json.hpp"

namespace kvsim {

namespace {

// Messages are JSON objects with a "kind".
//   to rank 0: ready {host, threads, identity}; refused {host, why}; left {};
//              done {item, runs: [{index, result, per_request}]}; failed {item, why}
//   from it:   item {runs: [index]}; over {}
// An item is named by its first run.
using Json = nlohmann::ordered_json;

constexpr int kCoordinator = 0;

void say(Messenger& ranks, int to, std::string_view kind, Json content = Json::object()) {
  content["kind"] = kind;
  ranks.send(to, content.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void pause() { std::this_thread::sleep_for(kExchangePause); }

}  // namespace

Coordinator::Coordinator(Messenger& ranks) : ranks_(ranks), host_(host_info().name) {
  for (int rank = 1; rank < ranks.size(); ++rank) peers_[rank];
}

Coordinator::~Coordinator() {
  for (const auto& [rank, peer] : peers_) say(ranks_, rank, "over");
  // Whatever they sent before they heard of it has to be received.
  const auto all_left = [&] {
    return std::all_of(peers_.begin(), peers_.end(),
                       [](const auto& p) { return p.second.has_left; });
  };
  while (!all_left()) {
    const auto message = ranks_.receive();
    if (!message) {
      pause();
    } else if (Json::parse(message->text).at("kind") == "left") {
      peers_.at(message->from).has_left = true;
    }
  }
}

std::string Coordinator::name_of(int rank) const {
  return fmt::format("rank {} on {}", rank, rank == kCoordinator ? host_ : peers_.at(rank).host);
}

void Coordinator::gather(const std::string& identity) {
  identity_ = identity;
  std::vector<std::pair<int, Outcome>> none;
  while (
      !std::all_of(peers_.begin(), peers_.end(), [](const auto& p) { return p.second.is_ready; })) {
    if (const auto message = ranks_.receive()) {
      take_in(*message, none);
    } else {
      pause();
    }
  }
}

std::vector<std::pair<int, Outcome>> Coordinator::receive() {
  std::vector<std::pair<int, Outcome>> outcomes;
  while (const auto message = ranks_.receive()) take_in(*message, outcomes);
  return outcomes;
}

void Coordinator::take_in(const Message& message, std::vector<std::pair<int, Outcome>>& outcomes) {
  const int rank = message.from;
  Peer& peer = peers_.at(rank);
  const Json json = Json::parse(message.text);
  const auto kind = json.at("kind").get<std::string>();
  if (kind == "ready" || kind == "refused") peer.host = json.at("host");
  if (kind == "refused") {
    throw InputError(fmt::format("{}: {}", name_of(rank), json.at("why").get<std::string>()));
  }
  if (kind == "ready") {
    const std::string difference = identity_difference(json.at("identity"), identity_);
    if (!difference.empty()) {
      throw InputError(fmt::format("{} has {} than rank 0", name_of(rank), difference));
    }
    peer.idle = json.at("threads");
    peer.is_ready = true;
    return;
  }
  Outcome outcome;
  const auto item = peer.items.find(json.at("item").get<std::size_t>());
  outcome.item = std::move(item->second);
  peer.items.erase(item);
  ++peer.idle;
  if (kind == "failed") {
    outcome.failure = json.at("why");
  } else {
    for (const Json& run : json.at("runs")) {
      outcome.runs.push_back(
          {run.at("index"), parse_run(run.at("result").get<std::string>()), run.at("per_request")});
    }
  }
  outcomes.emplace_back(rank, std::move(outcome));
}

void Coordinator::hand_out(WorkQueue& queue) {
  // One each, and again: the longest items go to different ranks.
  for (bool some = true; some;) {
    some = false;
    for (auto& [rank, peer] : peers_) {
      if (peer.idle == 0) continue;
      auto item = queue.take(rank);
      if (!item) continue;
      say(ranks_, rank, "item", {{"runs", item->runs}});
      const std::size_t first = item->runs.front();
      peer.items.emplace(first, std::move(*item));
      --peer.idle;
      some = true;
    }
  }
}

Worker::~Worker() {
  while (!is_over_) {
    (void)receive();
    pause();
  }
  say(ranks_, kCoordinator, "left");
}

void Worker::refuse(const std::string& why) {
  say(ranks_, kCoordinator, "refused", {{"host", host_info().name}, {"why", why}});
}

void Worker::be_ready(const std::string& identity, unsigned threads) {
  say(ranks_, kCoordinator, "ready",
      {{"host", host_info().name}, {"threads", threads}, {"identity", identity}});
}

std::vector<WorkItem> Worker::receive() {
  std::vector<WorkItem> items;
  while (const auto message = ranks_.receive()) {
    const Json json = Json::parse(message->text);
    if (json.at("kind") == "over") {
      is_over_ = true;
      break;
    }
    items.push_back({json.at("runs").get<std::vector<std::size_t>>(), {}});
  }
  return items;
}

void Worker::send(const Outcome& outcome) {
  const std::size_t item = outcome.item.runs.front();
  if (!outcome.failure.empty()) {
    say(ranks_, kCoordinator, "failed", {{"item", item}, {"why", outcome.failure}});
    return;
  }
  Json runs = Json::array();
  for (const FinishedRun& run : outcome.runs) {
    runs.push_back(
        {{"index", run.index}, {"result", to_json(run.result)}, {"per_request", run.per_request}});
  }
  say(ranks_, kCoordinator, "done", {{"item", item}, {"runs", std::move(runs)}});
}

}  // namespace kvsim
