#pragma once

#include <span>
#include <string_view>

namespace kvsim {

/// What chats of one kind are about, in kvsim's own words. `{topic}` stands for one of the topics.
struct ChatSubject {
  std::span<const std::string_view> systems;     ///< system messages, as products have them
  std::span<const std::string_view> topics;      ///< noun phrases
  std::span<const std::string_view> situations;  ///< what may be said before the first question
  std::span<const std::string_view> openings;    ///< first questions on a topic
  std::span<const std::string_view> follow_ups;  ///< questions that go on from an answer
};

/// Every subject.
std::span<const ChatSubject> chat_subjects();

/// What may be wished of any answer.
std::span<const std::string_view> chat_wishes();

}  // namespace kvsim
