// XML answers as JSON. An element all of whose children are called "item" (EC2) or "member" (query)
// is a list; one with other children is an object, in which a name that comes more than once holds
// a list (S3); one without children is its text, "" when it is empty. Attributes and namespaces
// are dropped. A list with one entry that S3 writes without a wrapper cannot be told from an
// object.
//
// pugixml expands no entities and loads nothing; what else could do harm is refused: a document
// type, a wrong root, too deep a nesting. What is not UTF-8 is made so.
#include <algorithm>
#include <boost/json.hpp>
#include <pugixml.hpp>

#include "agent/aws/protocol_parts.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

namespace json = boost::json;

constexpr int deepest = 64;

std::string_view local_name(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_element(const pugi::xml_node& node) {
  return node.type() == pugi::node_element;
}

pugi::xml_node element(const pugi::xml_node& parent, std::string_view name) {
  return parent.find_child(
      [&](const pugi::xml_node& child) { return is_element(child) && local_name(child) == name; });
}

// Line breaks stay; what is not UTF-8 does not.
std::string clean(std::string_view text) {
  std::string result;
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find_first_of("\n\t\r", start), text.size());
    result += base::printable(text.substr(start, end - start));
    if (end < text.size()) result += text[end];
    start = end + 1;
  }
  return result;
}

std::string text_of(const pugi::xml_node& node) {
  std::string text;
  for (const auto& child : node.children()) text += child.value();  // text and CDATA
  return clean(text);
}

bool is_list(const pugi::xml_node& node) {
  bool any = false;
  for (const auto& child : node.children()) {
    if (!is_element(child)) continue;
    const auto name = local_name(child);
    if (name != "item" && name != "member") return false;
    any = true;
  }
  return any;
}

json::value value_of(const pugi::xml_node& node);

json::array list_of(const pugi::xml_node& node) {
  json::array list;
  for (const auto& child : node.children()) {
    if (is_element(child)) list.push_back(value_of(child));
  }
  return list;
}

json::object object_of(const pugi::xml_node& node) {
  json::object object;
  json::object repeated;  // names that hold a list because they came more than once
  for (const auto& child : node.children()) {
    if (!is_element(child)) continue;
    const auto name = clean(local_name(child));
    auto [place, is_new] = object.emplace(name, nullptr);
    if (is_new) {
      place->value() = value_of(child);
    } else {
      if (repeated.emplace(name, true).second) {
        json::array list;
        list.push_back(std::move(place->value()));
        place->value() = std::move(list);
      }
      place->value().get_array().push_back(value_of(child));
    }
  }
  return object;
}

json::value value_of(const pugi::xml_node& node) {
  if (is_list(node)) return list_of(node);
  auto object = object_of(node);
  if (object.empty()) return json::string(text_of(node));
  return object;
}

bool is_too_deep(const pugi::xml_node& node, int depth) {
  if (depth > deepest) return true;
  for (const auto& child : node.children()) {
    if (is_element(child) && is_too_deep(child, depth + 1)) return true;
  }
  return false;
}

// "" when the document can be used.
std::string flaw_of(const pugi::xml_document& document, const pugi::xml_parse_result& result) {
  if (!result) return "is not XML";
  for (const auto& node : document.children()) {
    if (node.type() == pugi::node_doctype) return "has a document type";
  }
  if (is_too_deep(document, 0)) return "is nested too deep";
  return {};
}

pugi::xml_parse_result load(pugi::xml_document& document, std::string_view body) {
  return document.load_buffer(body.data(), body.size(), pugi::parse_default | pugi::parse_doctype,
                              pugi::encoding_utf8);
}

pugi::xml_node error_element(const pugi::xml_node& root) {
  if (local_name(root) == "Error") return root;
  if (const auto error = element(root, "Error")) return error;
  return element(element(root, "Errors"), "Error");
}

bool is_expected_root(Protocol protocol, std::string_view operation, std::string_view root) {
  if (protocol == Protocol::rest_xml) return base::lower(root) != "html";
  return root == base::cat(operation, "Response");
}

}  // namespace

Result<json::object> read_xml(Protocol protocol, std::string_view operation,
                              std::string_view body) {
  if (base::trim(body).empty()) {
    if (protocol == Protocol::rest_xml) return json::object();
    // These always send a document: what was asked for is not known to be nothing.
    return std::unexpected(unreadable("is not XML", body));
  }
  pugi::xml_document document;
  const auto result = load(document, body);
  if (const auto flaw = flaw_of(document, result); !flaw.empty()) {
    return std::unexpected(unreadable(flaw, body));
  }
  auto root = document.document_element();
  if (!is_expected_root(protocol, operation, local_name(root))) {
    return std::unexpected(unreadable(base::cat("is not one to ", operation), body));
  }
  // Only <OpResult> is the answer; beside it is metadata.
  if (protocol == Protocol::query) root = element(root, base::cat(operation, "Result"));
  return object_of(root);
}

bool is_xml_error(std::string_view body) {
  if (!body.contains("<Error")) return false;
  pugi::xml_document document;
  const auto result = load(document, body);
  return flaw_of(document, result).empty() && local_name(document.document_element()) == "Error";
}

ErrorWords xml_error_words(std::string_view body) {
  pugi::xml_document document;
  const auto result = load(document, body);
  if (!flaw_of(document, result).empty()) return {};
  const auto root = document.document_element();
  const auto error = error_element(root);
  ErrorWords words{text_of(element(error, "Code")), text_of(element(error, "Message"))};
  for (const auto& node : {root, error}) {
    for (const auto* name : {"RequestId", "RequestID"}) {
      if (words.request_id.empty()) words.request_id = text_of(element(node, name));
    }
  }
  return words;
}

}  // namespace agent::aws
