// libarchive with its seekable zip reader (its streaming one takes half a zip for a whole one and
// links for files) and its tar reader. The reader's callbacks cannot wait for the network: at a gap
// they give up, and the whole is read again when the gap is filled. A zip takes few rounds, as its
// directory is at its end.
#include "agent/pipeline/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <new>
#include <optional>

#include "agent/base/text.h"

namespace agent::pipeline {
namespace {

struct Free {
  void operator()(archive* handle) const { archive_free(handle); }
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using Handle = std::unique_ptr<archive, Free>;
using Entry = std::unique_ptr<archive_entry, Free>;

// What libarchive reads from.
struct Source {
  const PartialObject& object;
  std::uint64_t place = 0;
  std::optional<std::uint64_t> gap = {};
};

la_ssize_t read_some(archive* handle, void* data, const void** buffer) {
  auto& source = *static_cast<Source*>(data);
  if (source.place >= source.object.size()) return 0;
  const auto part = source.object.at(source.place);
  if (part.empty()) {
    source.gap = source.place;
    archive_set_error(handle, EAGAIN, "not here yet");
    return ARCHIVE_FATAL;
  }
  *buffer = part.data();
  source.place += part.size();
  return static_cast<la_ssize_t>(part.size());
}

la_int64_t seek(archive*, void* data, la_int64_t offset, int from) {
  auto& source = *static_cast<Source*>(data);
  const auto size = static_cast<la_int64_t>(source.object.size());
  const auto base = from == SEEK_END   ? size
                    : from == SEEK_CUR ? static_cast<la_int64_t>(source.place)
                                       : 0;
  la_int64_t place = 0;
  if (__builtin_add_overflow(base, offset, &place) || place < 0 || place > size) {
    return ARCHIVE_FATAL;
  }
  source.place = static_cast<std::uint64_t>(place);
  return place;
}

la_int64_t skip(archive*, void* data, la_int64_t request) {
  auto& source = *static_cast<Source*>(data);
  if (request < 0) return 0;
  const auto left = source.object.size() - source.place;
  const auto step = std::min(left, static_cast<std::uint64_t>(request));
  source.place += step;
  return static_cast<la_int64_t>(step);
}

std::string_view without_dot(std::string_view name) {
  while (name.starts_with("./")) name.remove_prefix(2);
  return name;
}

Unreadable unreadable(archive* handle) {
  const char* const words = archive_error_string(handle);
  return {
      base::cat("cannot be read (", base::printable(words == nullptr ? "damaged" : words), ")")};
}

class Reader {
 public:
  Reader(const PartialObject& object, const ArchiveLimits& limits)
      : source_{object}, limits_(limits), handle_(archive_read_new()) {
    if (!handle_) throw std::bad_alloc();
  }

  FileInArchive find(std::string_view name) {
    if (source_.object.size() == 0) return Unreadable{"is empty"};
    if (!open()) return failed();
    for (std::size_t entries = 0; entries < limits_.entries; ++entries) {
      archive_entry* entry = nullptr;
      const auto state = archive_read_next_header(handle_.get(), &entry);
      if (state == ARCHIVE_EOF) return NotInArchive{};
      if (state < ARCHIVE_WARN) return failed();
      const char* const path = archive_entry_pathname(entry);
      if (path != nullptr && without_dot(path) == name) return contents(entry);
      // The next header is behind it, so it would be unpacked.
      if (passed() + size_of(entry) > limits_.passed) {
        return Unreadable{"unpacks to too much before that file"};
      }
    }
    return Unreadable{base::cat("has more than ", limits_.entries, " entries")};
  }

 private:
  bool open() {
    auto* const handle = handle_.get();
    archive_read_support_format_zip_seekable(handle);
    archive_read_support_format_tar(handle);
    archive_read_support_filter_gzip(handle);
    archive_read_set_read_callback(handle, read_some);
    archive_read_set_seek_callback(handle, seek);
    archive_read_set_skip_callback(handle, skip);
    archive_read_set_callback_data(handle, &source_);
    return archive_read_open1(handle) == ARCHIVE_OK;
  }

  // A zip's directory tells where the next entry is, and a plain tar's entries are skipped.
  bool unpacks() const { return archive_filter_code(handle_.get(), 0) == ARCHIVE_FILTER_GZIP; }

  std::uint64_t passed() const {
    if (!unpacks()) return 0;
    return static_cast<std::uint64_t>(
        std::max<la_int64_t>(0, archive_filter_bytes(handle_.get(), 0)));  // of the tar, unpacked
  }

  std::uint64_t size_of(archive_entry* entry) const {
    if (!unpacks()) return 0;
    return static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_entry_size(entry)));
  }

  FileInArchive failed() const {
    if (source_.gap) return NeedsMore{*source_.gap};
    return unreadable(handle_.get());
  }

  FileInArchive contents(archive_entry* entry) {
    if (archive_entry_hardlink(entry) != nullptr || archive_entry_filetype(entry) != AE_IFREG) {
      return Unreadable{"has something else than a regular file of that name"};
    }
    if (archive_entry_is_encrypted(entry) != 0) return Unreadable{"is encrypted"};
    std::string result;
    for (;;) {
      const void* data = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;  // a sparse file has holes
      const auto state = archive_read_data_block(handle_.get(), &data, &size, &offset);
      if (state == ARCHIVE_EOF) return result;
      if (state < ARCHIVE_OK) return failed();
      const auto end = static_cast<std::uint64_t>(offset) + size;
      if (offset < 0 || end > limits_.file) {
        return Unreadable{
            base::cat("has a file of that name of more than ", limits_.file, " bytes")};
      }
      result.resize(static_cast<std::size_t>(offset), '\0');
      result.append(static_cast<const char*>(data), size);
    }
  }

  Source source_;
  const ArchiveLimits& limits_;
  Handle handle_;
};

la_ssize_t append(archive*, void* data, const void* bytes, std::size_t size) {
  static_cast<std::string*>(data)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

void require(archive* handle, int state) {
  if (state == ARCHIVE_OK) return;
  const char* const words = archive_error_string(handle);
  throw std::runtime_error(base::cat("cannot make a zip: ", words == nullptr ? "?" : words));
}

}  // namespace

void PartialObject::add(std::uint64_t offset, std::string bytes) {
  if (!bytes.empty()) parts_[offset] = std::move(bytes);
}

std::string_view PartialObject::at(std::uint64_t offset) const {
  for (auto part = parts_.upper_bound(offset); part != parts_.begin();) {
    --part;
    const std::string_view bytes = part->second;
    const auto begin = offset - part->first;
    if (begin < bytes.size()) return bytes.substr(begin);
  }
  return {};
}

FileInArchive read_file(const PartialObject& archive, std::string_view name,
                        const ArchiveLimits& limits) {
  return Reader(archive, limits).find(without_dot(name));
}

std::string make_zip(const std::map<std::string, std::string>& files) {
  std::string result;
  const Handle handle(archive_write_new());
  auto* const out = handle.get();
  if (out == nullptr) throw std::bad_alloc();
  require(out, archive_write_set_format_zip(out));
  archive_write_set_bytes_per_block(out, 0);
  require(out, archive_write_open(out, &result, nullptr, append, nullptr));
  for (const auto& [name, text] : files) {
    const Entry entry(archive_entry_new());
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
    archive_entry_set_mtime(entry.get(), 315'532'800, 0);  // 1980, where zip's calendar begins
    require(out, archive_write_header(out, entry.get()));
    if (archive_write_data(out, text.data(), text.size()) != static_cast<la_ssize_t>(text.size())) {
      require(out, ARCHIVE_FATAL);
    }
  }
  require(out, archive_write_close(out));
  return result;
}

}  // namespace agent::pipeline
