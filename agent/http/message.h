// HTTP requests and responses as values.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::http {

// In order, names as given; looked up without regard to case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  void set(std::string_view name, std::string value);  // replaces what is there
  void add(std::string_view name, std::string value);
  std::string get(std::string_view name) const;  // "" when absent

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

struct Request {
  std::string method = "POST";
  std::string url;  // scheme://host[:port]/path?query, already encoded, sent exactly as it is
  Headers headers;
  std::string body;
  std::chrono::milliseconds timeout{60'000};  // the whole exchange
  std::chrono::milliseconds connect_timeout{5'000};
  // libcurl sends a request again by itself when a reused connection dies under it, and nothing
  // turns that off. What must not be processed twice goes on a connection of its own.
  bool fresh_connection = false;
  bool direct = false;  // past any proxy: link-local services such as the instance metadata
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;
};

}  // namespace agent::http
