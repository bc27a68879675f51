// Signs requests for somebody else to compare: one JSON object a line on standard input (method,
// url, headers as pairs, body as hex, region, service, access_key, secret, token, time in seconds
// since 1970), one line with the Authorization header on standard output.
#include <charconv>
#include <iostream>

#include "agent/aws/sigv4.h"
#include "agent/base/json.h"

namespace {

namespace base = agent::base;

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned char byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

std::string authorization(const base::json::object& line) {
  agent::http::Request request{.method = base::text(line, "method"),
                               .url = base::text(line, "url"),
                               .body = bytes_of(base::text(line, "body"))};
  for (const auto& field : base::list(line, "headers")) {
    const auto& pair = field.as_array();
    request.headers.add(pair.at(0).as_string(), std::string(pair.at(1).as_string()));
  }
  const agent::aws::Keys keys{.access_key = base::text(line, "access_key"),
                              .secret = base::Secret(base::text(line, "secret")),
                              .session_token = base::Secret(base::text(line, "token"))};
  const base::TimePoint now{std::chrono::seconds(base::number(line, "time").value_or(0))};
  agent::aws::sign(request, keys, {base::text(line, "region"), base::text(line, "service")}, now);
  return request.headers.get("Authorization");
}

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto parsed = base::parse(line);
    if (!parsed || !parsed->is_object()) {
      std::cerr << "sign_lines: not a JSON object: " << line << '\n';
      return 64;
    }
    std::cout << authorization(parsed->get_object()) << '\n';
  }
}
