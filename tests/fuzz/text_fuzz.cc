// What everything else is made of: UTF-8, base64url, percent-encoding, lists, numbers.
#include "agent/base/text.h"

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "tests/fuzz/fuzz.h"

namespace {

namespace base = agent::base;
using fuzz::require;

void check_printable(std::string_view text) {
  const auto printable = base::printable(text);
  require(fuzz::is_printable(printable), "what is made printable is");
  require(printable.size() <= text.size(), "nothing grows");
  if (fuzz::is_printable(text)) require(printable == text, "what is printable stays as it is");
}

void check_cut(std::string_view text, std::size_t limit) {
  const auto cut = base::cut(text, limit);
  require(cut.size() <= limit && text.starts_with(cut), "what is cut is a beginning");
  if (fuzz::is_utf8(text)) {
    require(fuzz::is_utf8(cut), "no character is cut");
    require(cut.size() + 4 > std::min(limit, text.size()), "not more is cut than must be");
  }
}

void check_encodings(std::string_view text) {
  require(base::from_base64url(base::base64url(text)) == text, "base64url reads back the same");
  if (const auto bytes = base::from_base64url(text)) {
    require(base::base64url(*bytes) == text, "there is one spelling of base64url");
  }
  require(fuzz::percent_decoded(base::percent_encode(text)) == text, "so does %XX");
  require(base::hex(text).size() == 2 * text.size(), "hex has two digits for each byte");
}

void check_lists(std::string_view text) {
  const auto parts = base::split(text, ',');
  for (const auto& part : parts) {
    require(!part.empty() && part == base::trim(part), "a part is trimmed and not empty");
  }
  require(base::split(base::join(parts, ","), ',') == parts, "a list reads back the same");
  if (parts.size() > 100) return;
  if (const auto near = base::nearest(parts.empty() ? text : parts.front(), parts)) {
    require(std::ranges::count(parts, *near) > 0, "the nearest is one of them");
  }
}

void check_json(std::string_view text) {
  const boost::json::object object{{"a", text}};
  require(base::text(object, "a") == text, "a string is itself");
  if (const auto number = base::number(object, "a")) {
    require(std::stoll(std::string(text)) == *number, "a number is what it says");
  }
  if (const auto value = base::parse(text)) {
    require(fuzz::all_utf8(*value), "JSON is UTF-8");
    require(fuzz::has_double(*value) || base::parse(boost::json::serialize(*value)) == value,
            "JSON reads back the same");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  check_printable(text);
  check_cut(text, size == 0 ? 0 : data[0] % 64);
  check_encodings(text);
  check_lists(text);
  check_json(text);
  return 0;
}
