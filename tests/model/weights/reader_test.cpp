#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/weights/safetensors.hpp"
#include "model/weights/weight_file.hpp"
#include "tests/model/weights/file_builder.hpp"

namespace kvsim {
namespace {

using namespace weight_tests;

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

std::string error_in(const std::string& bytes) {
  return error_of([&] { WeightFile::from_memory(bytes_of(bytes), "f"); });
}

const std::vector<float> kSix = {1, 2, 3, 4, 5, 6};

GgufBuilder small_gguf() {
  GgufBuilder gguf;
  const std::vector<std::string> words = {"a", "", "long enough"};
  const std::vector<std::int32_t> numbers = {-1, 7};
  gguf.text("name", "small").u32("count", 7).f32("share", 0.5F).boolean("flag", true);
  gguf.texts("words", words).integers("numbers", numbers).scalar("least", 11, std::int64_t{-3});
  gguf.tensor("x", {2, 3}, kSix).tensor("q", {64}, 8, std::string(68, '\1'));
  return gguf;
}

TEST(Gguf, KeysAndTensors) {
  const std::string bytes = small_gguf().build();
  const WeightFile file = WeightFile::from_memory(bytes_of(bytes), "f");
  const GgufMetadata& keys = *file.metadata();
  EXPECT_EQ(keys.text("name"), "small");
  EXPECT_EQ(keys.integer("count"), 7U);
  EXPECT_EQ(keys.number("share"), 0.5);
  EXPECT_EQ(keys.number("least"), -3.0);
  EXPECT_EQ(keys.boolean("flag"), true);
  EXPECT_EQ(keys.texts("words"), (std::vector<std::string_view>{"a", "", "long enough"}));
  EXPECT_EQ(keys.integers("numbers"), (std::vector<std::int64_t>{-1, 7}));
  EXPECT_FALSE(keys.text("nothing"));
  expect_contains(error_of([&] { keys.text("count"); }),
                  "f: key 'count' is uint32 (allowed: string)");
  expect_contains(error_of([&] { keys.text("words"); }), "key 'words' is an array of string");
  expect_contains(error_of([&] { keys.integer("least"); }), "key 'least' is -3");

  const TensorInfo* x = file.find("x");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->shape, (std::vector<std::uint64_t>{2, 3}));
  std::vector<float> values(6);
  file.read_f32(*x, values);
  EXPECT_EQ(values, kSix);
  std::vector<float> row(3);
  file.read_f32(*x, 3, row);
  EXPECT_EQ(row, (std::vector<float>{4, 5, 6}));
  EXPECT_EQ(file.raw(*x).size(), 24U);
  EXPECT_EQ(file.find("y"), nullptr);
}

TEST(Gguf, ADifferentAlignment) {
  GgufBuilder gguf;
  gguf.u32("general.alignment", 64).tensor("a", {1}, std::vector<float>{3}).tensor("x", {6}, kSix);
  const std::string bytes = gguf.build(64);
  const WeightFile file = WeightFile::from_memory(bytes_of(bytes), "f");
  std::vector<float> values(6);
  file.read_f32(*file.find("x"), values);
  EXPECT_EQ(values, kSix);
  EXPECT_EQ(file.find("x")->offset % 64, 0U);
}

TEST(Gguf, EveryTruncationIsRefused) {
  const std::string whole = small_gguf().build();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(error_in(whole.substr(0, size)), "") << size;
  }
}

TEST(Gguf, NoChangedByteReadsOutOfBounds) {
  // For a sanitizer to watch: what still opens is read whole.
  const std::string whole = small_gguf().build();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char change : {'\x01', '\x80', '\xff'}) {
      std::string bytes = whole;
      bytes[i] = static_cast<char>(bytes[i] ^ change);
      error_of([&] {
        const WeightFile file = WeightFile::from_memory(bytes_of(bytes), "f");
        for (const TensorInfo& tensor : file.tensors()) {
          std::vector<float> values(tensor.elements());
          file.read_f32(tensor, values);
        }
      });
    }
  }
}

TEST(Gguf, NamesWhatIsWrong) {
  expect_contains(error_in(GgufBuilder(1).build()), "f: is GGUF version 1 (allowed: 2 and 3");
  expect_contains(error_in(small_gguf().u32("count", 8).build()), "key 'count' is there twice");
  expect_contains(error_in(small_gguf().tensor("x", {6}, kSix).build()),
                  "tensor 'x' is there twice");
  expect_contains(error_in(GgufBuilder().tensor("t", {256}, 16, "").build()),
                  "tensor 't' has elements of type 16 (read are: F32");
  expect_contains(error_in(GgufBuilder().tensor("t", {2, 48}, 8, std::string(102, ' ')).build()),
                  "tensor 't' has rows of 48 elements, and Q8_0 has blocks of 32");
  expect_contains(error_in(GgufBuilder().tensor("t", {7}, kSix).build()),
                  "f: tensor 't' (F32 [7]) takes 28 bytes");
  const std::uint64_t huge = std::uint64_t{1} << 40U;
  expect_contains(error_in(GgufBuilder().tensor("t", {huge, huge}, kSix).build()),
                  "tensor 't' (F32 [1099511627776, 1099511627776]) has more elements");
  expect_contains(error_in(small_gguf().u32("general.alignment", 33).build()),
                  "key 'general.alignment' is 33 (allowed: powers of two)");
  expect_contains(error_in("GGUX, no model"), "f: is neither GGUF nor ");
}

SafetensorsBuilder small_safetensors() {
  SafetensorsBuilder file;
  file.tensor("x", {2, 3}, kSix).tensor("h", {2}, "BF16", std::string("\x80\x3f\x00\xc0", 4));
  file.tensor("mask", {2, 2}, "BOOL", std::string(4, '\1'));
  file.tensor("scalar", {}, std::vector<float>{9}).tensor("none", {0, 5}, std::vector<float>{});
  return file;
}

TEST(Safetensors, Tensors) {
  const std::string bytes = small_safetensors().build();
  const WeightFile file = WeightFile::from_memory(bytes_of(bytes), "f");
  EXPECT_EQ(file.metadata(), nullptr);
  EXPECT_EQ(file.tensors().size(), 5U);
  std::vector<float> values(6);
  file.read_f32(*file.find("x"), values);
  EXPECT_EQ(values, kSix);
  values.resize(2);
  file.read_f32(*file.find("h"), values);
  EXPECT_EQ(values, (std::vector<float>{1, -2}));
  values.resize(1);
  file.read_f32(*file.find("scalar"), values);
  EXPECT_EQ(values[0], 9);
  file.read_f32(*file.find("none"), {});
  values.resize(4);
  expect_contains(error_of([&] { file.read_f32(*file.find("mask"), values); }),
                  "f: tensor 'mask' has elements of type BOOL (read are: F32");
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string whole = small_safetensors().build();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(error_in(whole.substr(0, size)), "") << size;
  }
  EXPECT_NE(error_in(whole + "x"), "");
}

TEST(Safetensors, NamesWhatIsWrong) {
  const auto error_with = [](const std::string& path, const nlohmann::json& value) {
    SafetensorsBuilder file = small_safetensors();
    file.header()[nlohmann::json::json_pointer(path)] = value;
    return error_in(file.build());
  };
  expect_contains(error_with("/x/dtype", "F8_E4M3"), "f: /x/dtype: is \"F8_E4M3\" (allowed: F32");
  expect_contains(error_with("/x/shape/0", 3), "/x: tensor 'x' (F32 [3, 3]) has 24 bytes");
  expect_contains(error_with("/x/shape/0", -3), "/x/shape/0: is -3");
  expect_contains(error_with("/x/shape", {std::uint64_t{1} << 33U, std::uint64_t{1} << 33U}),
                  "tensor 'x'");
  expect_contains(error_with("/x/data_offsets", {0, 4000}), "/x/data_offsets: is 0 to 4000");
  expect_contains(error_with("/x/data_offsets", {0}), "/x/data_offsets: has not two elements");
  // Overlapping the tensor after it, which begins at 24.
  expect_contains(error_with("/x/data_offsets", {4, 28}), "tensor ");
  expect_contains(error_in(SafetensorsBuilder::build_with(R"({"x": 1, "x": 2})", "")),
                  "f: has 'x' twice in one object");
  expect_contains(error_in(SafetensorsBuilder::build_with(R"({"x": )", "")),
                  "f: is no valid JSON at byte");
  expect_contains(error_in(SafetensorsBuilder::build_with("{" + std::string(500, '['), "")), "f: ");
}

TEST(SafetensorsIndex, StaysInItsFolder) {
  EXPECT_EQ(read_safetensors_index(R"({"weight_map": {"x": "a.safetensors"}})", "i").at("x"),
            "a.safetensors");
  for (const std::string name : {"../a", "/etc/passwd", "", ".", "a\\\\b"}) {
    expect_contains(
        error_of([&] { read_safetensors_index(R"({"weight_map": {"x": ")" + name + "\"}}", "i"); }),
        "i: /weight_map/x: is ");
  }
  expect_contains(error_of([] { read_safetensors_index("{}", "i"); }), "has no 'weight_map'");
}

TEST(WeightFile, NamesAFolderWithoutWeights) {
  const Folder folder;
  expect_contains(error_of([&] { WeightFile::open(folder.path()); }),
                  "holds neither model.safetensors");
  expect_contains(error_of([&] { WeightFile::open(folder / "none.gguf"); }), "cannot be opened");
  write_file(folder / "model.safetensors.index.json", R"({"weight_map": {"x": "a.safetensors"}})");
  expect_contains(error_of([&] { WeightFile::open(folder.path()); }),
                  "a.safetensors: cannot be opened");
}

}  // namespace
}  // namespace kvsim
