#include "agent/pipeline/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace agent::pipeline {
namespace {

using ::testing::HasSubstr;

// Fills every gap with `piece` bytes, as artifacts.cc does from S3; counts the rounds.
struct Remote {
  std::string bytes;
  std::size_t piece = 4'096;
  std::size_t rounds = 0;

  FileInArchive file(std::string_view name, ArchiveLimits limits = {}) {
    PartialObject object(bytes.size());
    for (;;) {
      auto result = read_file(object, name, limits);
      const auto* const more = std::get_if<NeedsMore>(&result);
      if (more == nullptr) return result;
      if (++rounds > 10'000) throw std::runtime_error("goes round in circles");
      object.add(more->offset, bytes.substr(more->offset, piece));
    }
  }
  std::string why(std::string_view name, ArchiveLimits limits = {}) {
    const auto result = file(name, limits);
    const auto* const refused = std::get_if<Unreadable>(&result);
    return refused == nullptr ? "it was read" : refused->why;
  }
};

std::string text_of(const FileInArchive& result) {
  const auto* const text = std::get_if<std::string>(&result);
  return text == nullptr ? "not read" : *text;
}

// Made by the ordinary programs.
class Made {
 public:
  explicit Made(const std::string& commands) {
    const auto line = "cd " + folder_.path().string() + " && mkdir in && cd in && " + commands;
    if (std::system(line.c_str()) != 0) throw std::runtime_error("cannot make it: " + line);
  }
  std::string bytes(const std::string& name) const {
    std::ifstream in(folder_.path() / "in" / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  support::TemporaryDirectory folder_;
};

std::string noise(std::size_t size) {
  std::string result(size, '\0');
  std::uint32_t state = 1;
  for (auto& byte : result) {
    state = state * 1'664'525U + 1'013'904'223U;
    byte = static_cast<char>(state >> 24);
  }
  return result;
}

TEST(Archive, Finds_a_file_in_a_zip_of_our_own) {
  Remote remote{make_zip({{"image.json", "{}"}, {"a/b.txt", "hello"}, {"empty", ""}})};
  EXPECT_EQ(text_of(remote.file("image.json")), "{}");
  EXPECT_EQ(text_of(remote.file("./a/b.txt")), "hello");
  EXPECT_EQ(text_of(remote.file("empty")), "");
  EXPECT_TRUE(std::holds_alternative<NotInArchive>(remote.file("b.txt")));
}

TEST(Archive, The_same_files_are_the_same_zip) {
  EXPECT_EQ(make_zip({{"a", "1"}, {"b", "2"}}), make_zip({{"b", "2"}, {"a", "1"}}));
}

TEST(Archive, Reads_what_Python_makes_as_zip_tar_and_gzipped_tar) {
  const Made made(
      "mkdir conf && echo '{\"x\":1}' > conf/settings.json && head -c 3000000 /dev/zero > zeros && "
      "/usr/bin/python3 -c \"import shutil; [shutil.make_archive('../x', f, '.') for f in "
      "('zip','tar','gztar')]\" && cp ../x.* .");
  for (const auto* const name : {"x.zip", "x.tar", "x.tar.gz"}) {
    Remote remote{made.bytes(name), 65'536};
    EXPECT_EQ(text_of(remote.file("conf/settings.json")), "{\"x\":1}\n") << name;
    EXPECT_TRUE(std::holds_alternative<NotInArchive>(remote.file("settings.json"))) << name;
  }
}

TEST(Archive, Of_a_big_zip_only_small_parts_are_needed) {
  Remote remote{make_zip({{"big", noise(20'000'000)}, {"small", "here"}}), 65'536};
  EXPECT_EQ(text_of(remote.file("small")), "here");
  EXPECT_LT(remote.rounds, 10U);
}

TEST(Archive, Only_what_is_unpacked_on_the_way_counts) {
  Remote zip{make_zip({{"big", noise(3'000'000)}, {"small", "here"}}), 65'536};
  EXPECT_EQ(text_of(zip.file("small", {.passed = 1'000})), "here");
  const Made made(
      "head -c 3000000 /dev/urandom > big && echo here > small && tar cf x.tar big small && "
      "tar czf x.tgz big small");
  Remote tar{made.bytes("x.tar"), 65'536};
  EXPECT_EQ(text_of(tar.file("small", {.passed = 1'000})), "here\n");
  Remote tgz{made.bytes("x.tgz"), 65'536};
  EXPECT_THAT(tgz.why("small", {.passed = 1'000'000}), HasSubstr("too much"));
  EXPECT_LT(tgz.rounds, 5U);  // told before it is unpacked
}

TEST(Archive, Parts_that_overlap_are_one) {
  PartialObject object(1'000);
  object.add(100, std::string(100, 'a'));
  object.add(50, std::string(900, 'a'));
  EXPECT_EQ(object.at(150).size(), 50U);
  EXPECT_EQ(object.at(300).size(), 650U);
  EXPECT_EQ(object.at(949).size(), 1U);
  EXPECT_EQ(object.at(950).size(), 0U);
  EXPECT_EQ(object.at(0).size(), 0U);
}

TEST(Archive, Refuses_what_is_no_archive) {
  EXPECT_THAT(Remote{""}.why("x"), HasSubstr("empty"));
  EXPECT_THAT(Remote{"hello"}.why("x"), HasSubstr("cannot be read"));
  EXPECT_THAT(Remote{noise(100'000)}.why("x"), HasSubstr("cannot be read"));
}

TEST(Archive, Refuses_links_folders_and_devices) {
  const Made made(
      "ln -s /etc/passwd link && echo x > file && ln file hard && mkdir folder && mkfifo pipe && "
      "tar cf x.tar link file hard folder pipe");
  Remote remote{made.bytes("x.tar")};
  for (const auto* const name : {"link", "hard", "pipe"}) {
    EXPECT_THAT(remote.why(name), HasSubstr("regular file")) << name;
  }
  EXPECT_EQ(text_of(remote.file("file")), "x\n");
}

TEST(Archive, Refuses_too_big_a_file_and_too_many_of_them) {
  Remote bomb{make_zip({{"bomb", std::string(5'000'000, '\0')}})};
  EXPECT_LT(bomb.bytes.size(), 50'000U);
  EXPECT_THAT(bomb.why("bomb"), HasSubstr("more than 1048576 bytes"));
  Remote many{make_zip({{"a", ""}, {"b", ""}, {"c", ""}})};
  EXPECT_THAT(many.why("d", {.entries = 2}), HasSubstr("more than 2 entries"));
  const Made made("head -c 9000000 /dev/zero > a && echo x > b && tar czf x.tgz a b");
  Remote tar{made.bytes("x.tgz")};
  EXPECT_THAT(tar.why("b", {.passed = 1'000'000}), HasSubstr("too much"));
  EXPECT_EQ(text_of(tar.file("b")), "x\n");
}

TEST(Archive, Cut_anywhere_it_is_refused_or_reads_the_same) {
  const auto whole = make_zip({{"a", "one"}, {"b", noise(300)}});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Remote cut{whole.substr(0, size), 64};
    EXPECT_FALSE(std::holds_alternative<std::string>(cut.file("a"))) << size;
  }
}

TEST(Archive, With_any_byte_changed_it_never_reads_something_else) {
  const auto whole = make_zip({{"a", "one one one one"}, {"b", "two"}});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x41);
    const auto result = Remote{damaged, 64}.file("a");
    const auto* const text = std::get_if<std::string>(&result);
    if (text != nullptr) EXPECT_EQ(*text, "one one one one") << i;
  }
}

}  // namespace
}  // namespace agent::pipeline
