// HTTP as values, of the local cloud's own: it shares nothing with the agent's HTTP or AWS code.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace local_cloud {

struct CaseInsensitive {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};
using HeaderMap = std::map<std::string, std::string, CaseInsensitive>;

// "" when absent.
std::string header(const HeaderMap& headers, std::string_view name);

struct Request {
  std::string method;
  std::string target;  // path?query as on the request line
  HeaderMap headers;   // one that came several times: its values joined by commas, in order
  std::string body;
};

struct Response {
  int status = 200;
  HeaderMap headers;
  std::string body;
};

// A response and what is done to it on the way: how a fault reaches the client. The server plays
// it on a socket, an in-memory test plays it on a fake clock.
struct Delivery {
  enum class Cut {
    none,
    reset_before,  // the connection is reset; the operation was never carried out
    reset_after,   // the connection is reset; the operation took effect
    truncate,      // half of the body, then the connection ends
  };
  Response response;
  std::chrono::milliseconds delay{0};
  Cut cut = Cut::none;
  std::chrono::milliseconds drip{0};  // pause between every 64 bytes of the body
};

// A request target in its two halves, still encoded. An absolute one (as sent to a proxy) loses
// its scheme and host.
struct Target {
  std::string path;
  std::string query;
};
Target split_target(std::string_view target);

enum class Plus { is_itself, is_space };
std::string percent_decode(std::string_view text, Plus plus = Plus::is_itself);

// "a=1&b" as {{"a","1"},{"b",""}}, decoded, in order.
using Pairs = std::vector<std::pair<std::string, std::string>>;
Pairs query_pairs(std::string_view query, Plus plus = Plus::is_itself);
std::string find(const Pairs& pairs, std::string_view name);  // "" when absent

}  // namespace local_cloud
