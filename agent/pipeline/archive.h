// Single files of an artifact, read in memory: nothing of an archive ever touches the disk. zip and
// tar, the latter also gzipped, as CodePipeline's own actions and CodeBuild make them.
//
// An artifact may be gigabytes, and one small file in it is wanted: so reading works on those parts
// of it that are at hand, and says which part it needs next.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace agent::pipeline {

// An object's bytes, as far as they are here.
class PartialObject {
 public:
  explicit PartialObject(std::uint64_t size) : size_(size) {}

  std::uint64_t size() const { return size_; }
  void add(std::uint64_t offset, std::string bytes);
  // From there to the end of what is here without a gap; "" when that byte is not here.
  std::string_view at(std::uint64_t offset) const;

 private:
  std::uint64_t size_;
  std::map<std::uint64_t, std::string> parts_;
};

// What an archive may make us do.
struct ArchiveLimits {
  std::uint64_t file = 1 << 20;      // bytes of the file that is wanted
  std::uint64_t passed = 256 << 20;  // bytes unpacked on the way to it
  std::size_t entries = 100'000;
};

struct NeedsMore {
  std::uint64_t offset;  // of the first byte that is missing
};
struct NotInArchive {};
struct Unreadable {
  std::string why;  // for people: "is neither zip nor tar", "is encrypted", …
};
using FileInArchive = std::variant<std::string, NeedsMore, NotInArchive, Unreadable>;

// `name` as it stands in the archive, a leading "./" apart. Only regular files are files: a link
// is Unreadable. Never throws for what is in the archive.
FileInArchive read_file(const PartialObject& archive, std::string_view name,
                        const ArchiveLimits& limits = {});

// A zip of these files, by name; the same bytes for the same files.
std::string make_zip(const std::map<std::string, std::string>& files);

}  // namespace agent::pipeline
