// The instance metadata service: its token, its list of roles and the role's credential document,
// between lines of "---"; each begins with a line that has the status.
#include <charconv>

#include "agent/aws/credentials_imds.h"
#include "agent/base/json.h"
#include "tests/aws/scripted.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::aws::Keys;
using agent::aws::Result;
using agent::http::Response;
using fuzz::require;

Response response(std::string_view section) {
  const auto line = fuzz::take_line(section);
  int status = 200;
  std::from_chars(line.data(), line.data() + line.size(), status);
  return {.status = status, .headers = {}, .body = std::string(section)};
}

void check(const Result<Keys>& keys, std::string_view input) {
  if (keys) {
    require(!keys->access_key.empty() && !keys->secret.empty(), "keys have both parts");
    require(keys->expiry.has_value(), "an instance's keys expire");
    require(fuzz::is_utf8(keys->access_key), "an access key is text");
    return;
  }
  const auto& message = keys.error().message;
  require(!message.empty() && fuzz::is_printable(message), "an error has a printable message");
  constexpr std::string_view secret = "hush-hush-hush";
  const auto parts = fuzz::sections(input);
  const bool in_code = std::ranges::any_of(parts, [&](std::string_view part) {
    fuzz::take_line(part);
    const auto document = agent::base::parse(part);
    return document && document->is_object() &&
           agent::base::text(document->get_object(), "Code").contains(secret);
  });
  require(in_code || !message.contains(secret), "no error shows a secret");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = fuzz::text_of(data, size);
  const auto parts = fuzz::sections(input);
  std::vector<scripted::Http::Answer> answers;
  for (const auto part : parts) {
    answers.emplace_back([answer = response(part)](const auto&) { return answer; });
  }
  boost::asio::io_context io;
  support::FakeClock clock(io);
  scripted::Http http(std::move(answers));
  agent::aws::Imds imds(http, clock, {});
  agent::aws::ImdsCredentials credentials(imds);
  check(scripted::run(io, clock, credentials.get()), input);
  for (const auto& request : http.requests) {
    require(!fuzz::has_control(request.url), "a role's name cannot leave its place in the URL");
    require(request.direct, "the metadata service is never asked through a proxy");
  }
  return 0;
}
