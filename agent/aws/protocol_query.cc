// AWS query and EC2 query: {"A": [{"B": "x"}]} goes as A.member.1.B=x, and as A.1.B=x to EC2
// (Smithy, "AWS query protocol" and "AWS EC2 query protocol"). An empty list is "A=" in the former
// and is left out in the latter.
#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "agent/aws/protocol_parts.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

using base::cat;

class Form {
 public:
  explicit Form(Protocol protocol) : protocol_(protocol) {}

  void add(const std::string& name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_ += cat(base::percent_encode(name), '=', base::percent_encode(value));
  }

  void add_value(const std::string& name, const boost::json::value& value) {
    if (value.is_null()) return;
    if (const auto* object = value.if_object()) return add_members(name + '.', *object);
    if (const auto* list = value.if_array()) return add_list(name, *list);
    add(name, scalar_text(value));
  }

  void add_members(const std::string& prefix, const boost::json::object& object) {
    for (const auto& member : object) {
      add_value(cat(prefix, std::string_view(member.key())), member.value());
    }
  }

  const std::string& text() const { return text_; }

 private:
  void add_list(const std::string& name, const boost::json::array& list) {
    const bool ec2 = protocol_ == Protocol::ec2;
    if (list.empty() && !ec2) return add(name, "");
    const std::string_view infix = ec2 ? "." : ".member.";
    std::size_t number = 0;
    for (const auto& item : list) add_value(cat(name, infix, ++number), item);
  }

  Protocol protocol_;
  std::string text_;
};

}  // namespace

std::string scalar_text(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  if (const auto* number = value.if_double()) {
    std::array<char, 32> buffer{};
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), *number);
    return {buffer.data(), result.ptr};
  }
  return boost::json::serialize(value);
}

void write_query(http::Request& request, const Service& service, const Call& call) {
  Form form(service.protocol);
  form.add("Action", call.operation);
  form.add("Version", service.version);
  form.add_members("", call.params);
  request.url += '/';
  request.headers.set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = form.text();
}

}  // namespace agent::aws
