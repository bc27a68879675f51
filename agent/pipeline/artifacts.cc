// An object is read in pieces, each where archive.h needs the next byte, and each twice as long as
// the one before: few requests, whether the file is at the beginning or the end. The ETag of the
// first piece holds for all: an object that is replaced meanwhile is read from its beginning.
#include "agent/pipeline/artifacts.h"

#include <charconv>

#include "agent/base/text.h"
#include "agent/pipeline/artifact_calls.h"
#include "agent/pipeline/artifact_failure.h"

namespace agent::pipeline {
namespace {

using base::Task;

constexpr std::uint64_t first_piece = 64 << 10;
constexpr std::uint64_t longest_piece = 8 << 20;
constexpr int most_beginnings = 5;  // of an object that is replaced while it is read

// "bytes 0-99/1000".
struct ContentRange {
  std::uint64_t first;
  std::uint64_t last;
  std::uint64_t total;
};

std::optional<std::uint64_t> take_number(std::string_view& text, char end) {
  std::uint64_t number = 0;
  const auto* const last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), last, number);
  if (error != std::errc{}) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  if (end == '\0') return text.empty() ? std::optional(number) : std::nullopt;
  if (!text.starts_with(end)) return std::nullopt;
  text.remove_prefix(1);
  return number;
}

std::optional<ContentRange> content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const auto first = take_number(text, '-');
  const auto last = first ? take_number(text, '/') : std::nullopt;
  const auto total = last ? take_number(text, '\0') : std::nullopt;
  if (!total || *first > *last || *last >= *total) return std::nullopt;
  return ContentRange{*first, *last, *total};
}

std::string header(const aws::Reply& reply, std::string_view name) {
  const auto* const value = reply.headers.if_contains(name);
  return value == nullptr || !value->is_string() ? "" : std::string(value->get_string());
}

// An object of S3 as far as it has been read.
class RemoteObject {
 public:
  const std::string& etag() const { return etag_; }
  std::uint64_t fetched() const { return fetched_; }
  std::uint64_t piece() const { return piece_; }

  // Where to read from for the byte at `offset`: near the end the piece is still a full one.
  std::uint64_t begin(std::uint64_t offset) const {
    if (!bytes_) return 0;
    return std::min(offset, bytes_->size() - std::min(bytes_->size(), piece_));
  }

  // False when it is not the piece that was asked for.
  bool add(std::uint64_t begin, aws::Reply reply) {
    const auto range = content_range(header(reply, "content-range"));
    const auto etag = header(reply, "etag");
    if (!range || range->first != begin || range->last - range->first + 1 != reply.raw.size() ||
        etag.empty() || (bytes_ && (etag != etag_ || range->total != bytes_->size()))) {
      return false;
    }
    if (!bytes_) bytes_.emplace(range->total);
    etag_ = etag;
    fetched_ += reply.raw.size();
    bytes_->add(begin, std::move(reply.raw));
    piece_ = std::min(piece_ * 2, longest_piece);
    return true;
  }

  const PartialObject& bytes() const { return *bytes_; }

 private:
  std::optional<PartialObject> bytes_;
  std::string etag_;
  std::uint64_t fetched_ = 0;
  std::uint64_t piece_ = first_piece;
};

aws::Error not_that_piece() {
  return {.kind = aws::ErrorClass::transient,
          .code = {},
          .message = "S3's answer is not the part of the object that was asked for"};
}

// In a header.
bool is_sendable(std::string_view text) {
  return base::printable(text) == text;
}

aws::Error no_key() {
  return {.kind = aws::ErrorClass::invalid,
          .code = "InvalidEncryptionKey",
          .message = "the artifact store's encryption key is none"};
}

}  // namespace

Artifacts::Artifacts(aws::Caller& caller, base::Clock& clock, const Job& job)
    : job_(job),
      source_(caller, clock, job.execution.region, job.id),
      keys_(source_, clock, ArtifactKeys::renewed),
      caller_(caller.with(keys_)) {}

Task<std::string> Artifacts::read(Artifact from, std::string file, ReadLimits limits) {
  check_place(from);
  for (int beginnings = 0; beginnings < most_beginnings; ++beginnings) {
    auto text = co_await read_object(from, file, limits);
    if (text) co_return std::move(*text);
  }
  throw no_good(from, file, "is replaced again and again while it is read");
}

// Nothing when the object was replaced meanwhile.
Task<std::optional<std::string>> Artifacts::read_object(const Artifact& from,
                                                        const std::string& file,
                                                        const ReadLimits& limits) {
  RemoteObject object;
  std::uint64_t offset = 0;
  for (std::size_t requests = 0; requests < limits.requests; ++requests) {
    const auto begin = object.begin(offset);
    auto reply = co_await caller_->call(job_.execution.region,
                                        get_artifact(from, begin, object.piece(), object.etag()));
    if (!reply && reply.error().code == "PreconditionFailed") co_return std::nullopt;
    if (!reply && reply.error().code == "InvalidRange") throw no_good(from, file, "is empty");
    if (!reply) throw cannot_read(from, file, reply.error());
    if (!object.add(begin, std::move(*reply))) throw cannot_read(from, file, not_that_piece());
    auto found = read_file(object.bytes(), file, limits.archive);
    if (auto* const text = std::get_if<std::string>(&found)) co_return std::move(*text);
    if (const auto* const refused = std::get_if<Unreadable>(&found)) {
      throw no_good(from, file, refused->why);
    }
    const auto* const more = std::get_if<NeedsMore>(&found);
    if (more == nullptr) throw no_good(from, file, "has no file of that name");
    if (object.fetched() >= limits.fetched) break;
    offset = more->offset;
  }
  throw no_good(from, file,
                base::cat("is not found in the ", object.fetched() >> 20,
                          " MiB that were read; put it at the beginning, or make the "
                          "artifact a zip"));
}

Task<> Artifacts::write(Artifact to, std::map<std::string, std::string> files) {
  check_place(to);
  if (!is_sendable(job_.encryption_key)) throw cannot_write(to, no_key());
  const auto reply = co_await caller_->call(job_.execution.region,
                                            put_artifact(to, job_.encryption_key, make_zip(files)));
  if (!reply) throw cannot_write(to, reply.error());
}

}  // namespace agent::pipeline
