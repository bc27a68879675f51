// Text: {"v":1,"id":"<the execution's identity>","at":<ms>,"facts":{...}} and,
// when the run has failed, "verdict":{"type","message","step","at"}. Token: "j1." and the text,
// deflated (RFC 1951, raw), in base64url. The number is the version: a higher one is a newer
// agent's and left to it.
#include "agent/run/journal.h"

#include <zlib.h>

#include <array>

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"

namespace agent::run {
namespace {

namespace json = boost::json;
using base::FailureType;

constexpr int version = 1;
constexpr std::string_view token_prefix = "j1.";
constexpr std::size_t text_limit = 1 << 20;

std::string deflated(std::string_view text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
  std::string result(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  return result;
}

// Nothing when it is damaged or would grow beyond text_limit.
std::optional<std::string> inflated(std::string_view bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string result;
  std::array<char, 4096> chunk;
  int state = Z_OK;
  while (state == Z_OK && result.size() <= text_limit) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    state = inflate(&stream, Z_NO_FLUSH);
    result.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  const auto whole = state == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (!whole) return std::nullopt;
  return result;
}

std::optional<FailureType> failure_type(std::string_view name) {
  for (const auto type : {FailureType::ConfigurationError, FailureType::JobFailed,
                          FailureType::PermissionError, FailureType::RevisionOutOfSync,
                          FailureType::RevisionUnavailable, FailureType::SystemUnavailable}) {
    if (base::name(type) == name) return type;
  }
  return std::nullopt;
}

std::int64_t milliseconds(base::TimePoint time) {
  return time.time_since_epoch().count();
}

// Only times that a calendar knows: 1970 to 9999.
std::optional<base::TimePoint> time_member(const json::object& object, std::string_view key) {
  const auto count = base::number(object, key);
  if (!count || *count < 0 || *count > 253'402'300'799'999) return std::nullopt;
  return base::TimePoint(base::Duration(*count));
}

std::optional<Verdict> read_verdict(const json::object& object) {
  const auto type = failure_type(base::text(object, "type"));
  const auto since = time_member(object, "at");
  const auto message = base::text(object, "message");
  if (!type || !since || message.empty()) return std::nullopt;
  return Verdict{*type, base::printable(message), base::text(object, "step"), *since};
}

}  // namespace

const json::value* Journal::fact(std::string_view step) const {
  return facts_.if_contains(step);
}

void Journal::record(std::string_view step, json::value value) {
  facts_[step] = std::move(value);
}

void Journal::forget(std::string_view step) {
  facts_.erase(step);
}

void Journal::clamp(base::TimePoint now) {
  started_ = std::min(started_, now);
  if (verdict_) verdict_->undoing = std::clamp(verdict_->undoing, started_, now);
}

std::string Journal::to_text() const {
  json::object all{
      {"v", version}, {"id", execution_}, {"at", milliseconds(started_)}, {"facts", facts_}};
  if (verdict_) {
    all["verdict"] = {{"type", base::name(verdict_->type)},
                      {"message", verdict_->message},
                      {"step", verdict_->step},
                      {"at", milliseconds(verdict_->undoing)}};
  }
  return json::serialize(all);
}

std::string Journal::to_token() const {
  return base::cat(token_prefix, base::base64url(deflated(to_text())));
}

Journal::Read Journal::from_text(std::string_view text, std::string_view execution) {
  const auto value = base::parse(text);
  if (!value || !value->is_object()) return std::unexpected(Unreadable::damaged);
  const auto& all = value->get_object();
  if (base::number(all, "v").value_or(0) > version) return std::unexpected(Unreadable::newer);
  const auto started = time_member(all, "at");
  const auto* facts = base::find(all, "facts");
  if (!started || facts == nullptr || !facts->is_object()) {
    return std::unexpected(Unreadable::damaged);
  }
  if (base::text(all, "id") != execution) return std::unexpected(Unreadable::foreign);
  Journal journal(std::string(execution), *started);
  journal.facts_ = facts->get_object();
  if (base::find(all, "verdict") != nullptr) {
    journal.verdict_ = read_verdict(base::member(all, "verdict"));
    if (!journal.verdict_) return std::unexpected(Unreadable::damaged);
  }
  return journal;
}

Journal::Read Journal::from_token(std::string_view token, std::string_view execution) {
  if (!token.starts_with(token_prefix)) {
    const auto dot = token.find('.');
    const auto numbered =
        token.starts_with('j') && dot != std::string_view::npos && dot > 1 &&
        token.substr(1, dot - 1).find_first_not_of("0123456789") == std::string_view::npos;
    return std::unexpected(numbered ? Unreadable::newer : Unreadable::damaged);
  }
  const auto bytes = base::from_base64url(token.substr(token_prefix.size()));
  if (!bytes) return std::unexpected(Unreadable::damaged);
  const auto text = inflated(*bytes);
  if (!text) return std::unexpected(Unreadable::damaged);
  return from_text(*text, execution);
}

}  // namespace agent::run
