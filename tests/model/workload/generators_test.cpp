#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "model/workload/generator/agent_tasks.hpp"
#include "model/workload/generator/chat_subjects.hpp"
#include "model/workload/generator/phrases.hpp"
#include "model/workload/workload.hpp"
#include "sim/core/error.hpp"

namespace kvsim {
namespace {

using testing::HasSubstr;

std::size_t words(const std::string& text) {
  std::istringstream stream(text);
  std::size_t count = 0;
  for (std::string word; stream >> word;) ++count;
  return count;
}

std::string all_text(const Workload& workload) {
  std::string text;
  for (const WorkloadSession& session : workload.sessions) {
    text += session.name + "|" + session.system + "|";
    for (const WorkloadTurn& turn : session.turns) {
      text += std::to_string(turn.arrival.value_or(-1)) + turn.text + "|";
    }
  }
  return text;
}

std::string error_of(std::string_view spec) {
  try {
    open_workload(spec);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(WorkloadGenerators, AreListedWithTheirFields) {
  std::vector<std::string> names;
  for (const ComponentInfo& info : list_workload_generators()) {
    names.push_back(info.name);
    EXPECT_FALSE(info.doc.empty());
    for (const FieldInfo& field : info.fields) EXPECT_FALSE(field.doc.empty()) << field.name;
  }
  EXPECT_THAT(names, testing::ElementsAre("chat", "agent"));
}

TEST(WorkloadGenerators, EqualSpecsGiveEqualWorkloadsAndSeedsDiffer) {
  for (const std::string name : {"chat", "agent"}) {
    const std::string first = all_text(open_workload(name + ":rate=1"));
    EXPECT_EQ(first, all_text(open_workload(name + ":rate=1,seed=1")));
    EXPECT_NE(first, all_text(open_workload(name + ":rate=1,seed=2")));
  }
}

TEST(WorkloadGenerators, DefaultsAreWhatTheySay) {
  const Workload chat = open_workload("chat");
  EXPECT_EQ(chat.name, "chat");
  EXPECT_EQ(chat.sessions.size(), 8U);
  EXPECT_EQ(chat.turns(), 96U);
  EXPECT_EQ(chat.sha256, "");
  EXPECT_FALSE(chat.has_tokens);
  EXPECT_FALSE(chat.has_times);
  EXPECT_EQ(open_workload("agent:sessions=3,turns=5").turns(), 15U);
}

TEST(WorkloadGenerators, SystemMessagesAreShared) {
  std::set<std::string> systems;
  for (const WorkloadSession& session : open_workload("chat:sessions=200,system=4").sessions) {
    EXPECT_TRUE(session.is_chat);
    systems.insert(session.system);
  }
  EXPECT_EQ(systems.size(), 4U);
  for (const WorkloadSession& session : open_workload("chat:system=0").sessions) {
    EXPECT_EQ(session.system, "");
  }
  std::set<std::string> agents;
  for (const WorkloadSession& session : open_workload("agent:sessions=50").sessions) {
    agents.insert(session.system);
    EXPECT_GE(words(session.system), 200U);
  }
  EXPECT_EQ(agents.size(), 3U);
}

TEST(WorkloadGenerators, SuggestedQuestionsRecurWordForWord) {
  const auto distinct_openings = [](std::string_view spec) {
    std::set<std::string> openings;
    for (const WorkloadSession& session : open_workload(spec).sessions) {
      openings.insert(session.turns.front().text);
    }
    return openings.size();
  };
  EXPECT_LE(distinct_openings("chat:sessions=300,system=4,suggested=1"), 12U);
  EXPECT_GE(distinct_openings("chat:sessions=300,system=4,suggested=0"), 250U);
}

TEST(WorkloadGenerators, TurnsVary) {
  std::set<std::size_t> turns;
  for (const WorkloadSession& s : open_workload("chat:sessions=300,turns=4,spread=1").sessions) {
    turns.insert(s.turns.size());
  }
  EXPECT_EQ(turns, (std::set<std::size_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(WorkloadGenerators, LengthsAreThoseOfRealMessages) {
  for (const std::string seed : {"1", "2", "3"}) {
    const Workload w = open_workload("chat:sessions=100,turns=20,system=14,seed=" + seed);
    for (const WorkloadSession& session : w.sessions) {
      EXPECT_GE(words(session.system), 40U) << session.system;
      EXPECT_LE(words(session.system), 150U) << session.system;
      for (const WorkloadTurn& turn : session.turns) {
        EXPECT_GE(words(turn.text), 10U) << turn.text;
        EXPECT_LE(words(turn.text), 60U) << turn.text;
        EXPECT_EQ(turn.text.find_first_of("{}"), std::string::npos) << turn.text;
      }
    }
  }
}

TEST(WorkloadGenerators, ASessionRepeatsNoFollowUp) {
  for (const WorkloadSession& session : open_workload("chat:sessions=50,turns=14").sessions) {
    std::set<std::string> seen;
    for (const WorkloadTurn& turn : session.turns) seen.insert(turn.text);
    EXPECT_EQ(seen.size(), session.turns.size());
  }
}

TEST(WorkloadGenerators, ThereIsEnoughToTalkAbout) {
  std::set<std::string_view> systems;
  std::set<std::string_view> topics;
  std::set<std::string_view> questions;
  for (const ChatSubject& subject : chat_subjects()) {
    systems.insert(subject.systems.begin(), subject.systems.end());
    topics.insert(subject.topics.begin(), subject.topics.end());
    questions.insert(subject.openings.begin(), subject.openings.end());
    questions.insert(subject.follow_ups.begin(), subject.follow_ups.end());
    for (const std::string_view opening : subject.openings) {
      EXPECT_THAT(std::string(opening), HasSubstr("{topic}"));
    }
  }
  EXPECT_GE(topics.size(), 60U);
  EXPECT_GE(questions.size(), 140U);
  // The ranges that the parameters allow are those of the texts.
  for (const ComponentInfo& info : list_workload_generators()) {
    for (const FieldInfo& field : info.fields) {
      if (field.name == "system") {
        EXPECT_EQ(field.max, static_cast<double>(systems.size()));
      } else if (field.name == "roles") {
        EXPECT_EQ(field.max, static_cast<double>(agent_roles().size()));
      }
    }
  }
}

TEST(WorkloadGenerators, TimesAreThoseOfTheirRate) {
  const Workload w = open_workload("chat:sessions=2000,turns=5,rate=2,think_s=3");
  EXPECT_TRUE(w.has_times);
  double gaps = 0;
  TimeNs last = 0;
  for (const WorkloadSession& session : w.sessions) {
    last = *session.turns.front().arrival;
    for (std::size_t t = 1; t < session.turns.size(); ++t) {
      ASSERT_GE(*session.turns[t].arrival, *session.turns[t - 1].arrival);
    }
    gaps += static_cast<double>(*session.turns.back().arrival - last) / 1e9;
  }
  // Means of 2,000 gaps of 0.5 s and of 8,000 of 3 s: a fifth is over eight standard errors.
  EXPECT_NEAR(static_cast<double>(last) / 1e9 / 2000, 0.5, 0.1);
  EXPECT_NEAR(gaps / 8000, 3, 0.6);
}

TEST(WorkloadGenerators, BadSpecsAreNamed) {
  EXPECT_THAT(error_of("chat:turn=3"), HasSubstr("workload 'chat'"));
  EXPECT_THAT(error_of("chat:turn=3"), HasSubstr("'turns'"));
  EXPECT_THAT(error_of("chat:system=15"), HasSubstr("14"));
  EXPECT_EQ(error_of("chatt:turns=3"),
            "workload 'chatt:turns=3': no such file, and no such generator; did you mean 'chat'? "
            "(generators: chat, agent)");
  EXPECT_THAT(error_of("no/such/file.jsonl"), HasSubstr("no such file"));
}

TEST(Phrases, AreFilled) {
  EXPECT_EQ(filled("a {x} b {y}{x}.", {{"x", "1"}, {"y", "{z}"}}), "a 1 b {z}1.");
  EXPECT_EQ(filled("", {}), "");
  EXPECT_EQ(filled("plain", {}), "plain");
}

}  // namespace
}  // namespace kvsim
