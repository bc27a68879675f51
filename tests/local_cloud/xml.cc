#include "tests/local_cloud/xml.h"

#include "agent/base/text.h"

namespace local_cloud {

namespace {

std::string scalar(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return xml_escape(*text);
  return boost::json::serialize(value);
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const auto c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\r':
        result += "&#xD;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string xml_element(std::string_view name, std::string_view text) {
  return agent::base::cat('<', name, '>', xml_escape(text), "</", name, '>');
}

void write_xml_members(std::string& out, const boost::json::object& object, std::string_view item) {
  for (const auto& [name, value] : object) write_xml(out, name, value, item);
}

void write_xml(std::string& out, std::string_view name, const boost::json::value& value,
               std::string_view item) {
  if (value.is_null()) return;
  std::string inner;
  if (const auto* object = value.if_object()) {
    write_xml_members(inner, *object, item);
  } else if (const auto* array = value.if_array()) {
    for (const auto& entry : *array) write_xml(inner, item, entry, item);
  } else {
    inner = scalar(value);
  }
  out.append("<").append(name);
  if (inner.empty()) {
    out += "/>";
  } else {
    out.append(">").append(inner).append("</").append(name).append(">");
  }
}

}  // namespace local_cloud
