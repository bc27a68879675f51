// A journal as text, as a continuation token, and as what a token holds (raw deflate): the same
// bytes are tried as each.
#include "agent/run/journal.h"

#include "agent/base/digest.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::base::TimePoint;
using agent::run::Journal;
using fuzz::require;

constexpr std::string_view own = "0123456789abcdef";
constexpr std::string_view others = "fedcba9876543210";
const TimePoint now{agent::base::Duration(1'795'000'000'000)};

void check(Journal journal) {
  const auto text = journal.to_text();
  require(fuzz::is_utf8(text), "a journal is written in UTF-8");
  const auto again = Journal::from_text(text, own);
  require(again.has_value(), "what was written can be read");
  if (fuzz::has_double(boost::json::parse(text, {}, {.max_depth = 100}))) return;
  require(again->to_text() == text, "what was written reads back the same");
  const auto token = journal.to_token();
  if (token.size() <= agent::run::token_limit) {
    const auto from_token = Journal::from_token(token, own);
    require(from_token && from_token->to_text() == text, "a token reads back the same");
  }
  if (const auto& verdict = journal.verdict()) {
    require(!verdict->message.empty() && fuzz::is_printable(verdict->message),
            "a verdict has a printable message");
  }
  journal.clamp(now);
  require(journal.started() <= now, "nothing began in the future");
  if (const auto& verdict = journal.verdict()) {
    require(verdict->undoing >= journal.started() && verdict->undoing <= now,
            "undoing began after the start and before now");
  }
}

template <class From>
void try_as(From from, std::string_view bytes) {
  if (const auto journal = from(bytes, own)) check(*journal);
  require(!from(bytes, others) || !from(bytes, own), "a journal is of one execution only");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = fuzz::text_of(data, size);
  try_as(Journal::from_text, bytes);
  try_as(Journal::from_token, bytes);
  try_as(Journal::from_token, "j1." + agent::base::base64url(bytes));
  return 0;
}
