// An artifact as somebody may have put it into the bucket: zip, tar, gzipped tar, or anything else.
#include "agent/pipeline/archive.h"

#include "tests/fuzz/fuzz.h"

namespace {

using agent::pipeline::ArchiveLimits;
using agent::pipeline::FileInArchive;
using agent::pipeline::NeedsMore;
using agent::pipeline::PartialObject;
using agent::pipeline::Unreadable;
using fuzz::require;

constexpr ArchiveLimits limits{.file = 4'096, .passed = 1 << 20, .entries = 50};

// As it comes from far away, `piece` bytes at a time.
FileInArchive read(std::string_view bytes, std::size_t piece) {
  PartialObject object(bytes.size());
  for (std::size_t rounds = 0; rounds <= bytes.size() + 1; ++rounds) {
    auto result = agent::pipeline::read_file(object, "a", limits);
    const auto* const more = std::get_if<NeedsMore>(&result);
    if (more == nullptr) return result;
    require(more->offset < bytes.size(), "what is needed is a part of the object");
    require(object.at(more->offset).empty(), "what is needed is not here yet");
    object.add(more->offset, std::string(bytes.substr(more->offset, piece)));
  }
  require(false, "reading comes to an end");
  return Unreadable{};
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text_of(data, std::min<std::size_t>(size, 16'384));
  const auto whole = read(bytes, bytes.size() + 1);
  if (const auto* const text = std::get_if<std::string>(&whole)) {
    require(text->size() <= limits.file, "a file is within its limit");
  }
  if (const auto* const refused = std::get_if<Unreadable>(&whole)) {
    require(!refused->why.empty() && fuzz::is_printable(refused->why), "why is for people");
  }
  const auto in_pieces = read(bytes, 512);
  const auto* const text = std::get_if<std::string>(&whole);
  const auto* const same = std::get_if<std::string>(&in_pieces);
  require((text == nullptr) == (same == nullptr) && (text == nullptr || *text == *same),
          "pieces make no difference");
  return 0;
}
