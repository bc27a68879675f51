// AWS Query and EC2's dialect of it: Action, Version and flattened parameters in a form body or in
// the query; XML as answer. They differ in the envelopes and in what an entry of a list is called.
#include <algorithm>
#include <charconv>
#include <map>

#include "agent/base/text.h"
#include "tests/local_cloud/protocol.h"
#include "tests/local_cloud/xml.h"

namespace local_cloud {

namespace {

using agent::base::cat;

constexpr int deepest = 32;

// "A.1.B" taken apart at its dots.
struct Node {
  std::string value;
  std::map<std::string, Node, std::less<>> children;
};

void insert(Node& root, std::string_view name, std::string value) {
  auto* node = &root;
  for (int depth = 0; depth < deepest; ++depth) {
    const auto dot = name.find('.');
    node = &node->children[std::string(name.substr(0, dot))];
    if (dot == name.npos) {
      node->value = std::move(value);
      return;
    }
    name.remove_prefix(dot + 1);
  }
  throw ApiError(400, "MalformedInput", "");
}

long index_of(std::string_view text) {
  long index = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, index);
  return error == std::errc() && stop == end && index > 0 ? index : 0;
}

json::value as_json(const Node& node);

json::array as_list(const Node& node) {
  std::vector<std::pair<long, const Node*>> entries;
  for (const auto& [name, child] : node.children) entries.emplace_back(index_of(name), &child);
  std::ranges::sort(entries);
  json::array list;
  for (const auto& [index, child] : entries) list.push_back(as_json(*child));
  return list;
}

bool is_list(const Node& node) {
  return !node.children.empty() && std::ranges::all_of(node.children, [](const auto& child) {
    return index_of(child.first) > 0;
  });
}

json::value as_json(const Node& node) {
  if (node.children.empty()) return json::string(node.value);
  if (is_list(node)) return as_list(node);
  const auto& [name, only] = *node.children.begin();
  if (node.children.size() == 1 && name == "member" && is_list(only)) return as_list(only);
  json::object object;
  for (const auto& [key, child] : node.children) object[key] = as_json(child);
  return object;
}

class QueryProtocol : public Protocol {
 public:
  QueryProtocol(std::string version, std::string xml_namespace)
      : version_(std::move(version)), namespace_(std::move(xml_namespace)) {}

  Flavour flavour() const override { return Flavour::query; }

  Decoded decode(const Request& request) const override {
    auto pairs = query_pairs(split_target(request.target).query, Plus::is_space);
    if (request.method == "POST") {
      for (auto& pair : query_pairs(request.body, Plus::is_space)) pairs.push_back(std::move(pair));
    }
    Decoded decoded{.operation = find(pairs, "Action")};
    if (decoded.operation.empty()) {
      throw ApiError(400, "MissingAction", "The request must contain the parameter Action.");
    }
    if (find(pairs, "Version") != version_)
      throw wrong_version(decoded.operation, find(pairs, "Version"));
    Node root;
    for (auto& [name, value] : pairs) {
      const auto envelope = name == "Action" || name == "Version" || name.starts_with("X-Amz-");
      if (!envelope && !name.empty()) insert(root, name, std::move(value));
    }
    for (const auto& [name, child] : root.children) decoded.params[name] = as_json(child);
    return decoded;
  }

  Response encode(std::string_view operation, const json::object& result,
                  std::string_view request_id) const override {
    auto body = cat('<', operation, "Response xmlns=\"", namespace_, "\">");
    if (!result.empty()) {
      body += cat('<', operation, "Result>");
      write_xml_members(body, result, "member");
      body += cat("</", operation, "Result>");
    }
    body += cat("<ResponseMetadata>", xml_element("RequestId", request_id), "</ResponseMetadata></",
                operation, "Response>");
    return answer(200, std::move(body), request_id);
  }

  Response error(const ApiError& error, std::string_view request_id) const override {
    const auto* type = error.status >= 500 ? "Receiver" : "Sender";
    return answer(
        error.status,
        cat("<ErrorResponse xmlns=\"", namespace_, "\"><Error>", xml_element("Type", type),
            xml_element("Code", error.code), xml_element("Message", error.what()), "</Error>",
            xml_element("RequestId", request_id), "</ErrorResponse>"),
        request_id);
  }

  ApiError unknown_operation(std::string_view operation) const override {
    return wrong_version(operation, version_);
  }

 protected:
  virtual ApiError wrong_version(std::string_view operation, std::string_view version) const {
    return refuse(Flavour::query, Refusal::unknown_operation,
                  cat("Could not find operation ", operation, " for version ",
                      version.empty() ? "NO_VERSION_SPECIFIED" : version));
  }

  static Response answer(int status, std::string body, std::string_view request_id) {
    return {
        .status = status,
        .headers = {{"Content-Type", "text/xml"}, {"x-amzn-RequestId", std::string(request_id)}},
        .body = std::move(body)};
  }

  const std::string version_;
  const std::string namespace_;
};

class Ec2Protocol final : public QueryProtocol {
 public:
  using QueryProtocol::QueryProtocol;

  Flavour flavour() const override { return Flavour::ec2; }

  Response encode(std::string_view operation, const json::object& result,
                  std::string_view request_id) const override {
    auto body = cat(prolog, '<', operation, "Response xmlns=\"", namespace_, "\">",
                    xml_element("requestId", request_id));
    write_xml_members(body, result, "item");
    body += cat("</", operation, "Response>");
    return answer(200, std::move(body), request_id);
  }

  Response error(const ApiError& error, std::string_view request_id) const override {
    return answer(error.status,
                  cat(prolog, "<Response><Errors><Error>", xml_element("Code", error.code),
                      xml_element("Message", error.what()), "</Error></Errors>",
                      xml_element("RequestID", request_id), "</Response>"),
                  request_id);
  }

  ApiError unknown_operation(std::string_view operation) const override {
    const auto text = cat("The action ", operation, " is not valid for this web service.");
    return {400, "InvalidAction", text};
  }

 private:
  static constexpr auto prolog = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

  ApiError wrong_version(std::string_view, std::string_view version) const override {
    return {400, "NoSuchVersion",
            cat("The requested version (", version, ") of service AmazonEC2 does not exist")};
  }
};

}  // namespace

std::unique_ptr<Protocol> query_protocol(std::string version, std::string xml_namespace) {
  return std::make_unique<QueryProtocol>(std::move(version), std::move(xml_namespace));
}

std::unique_ptr<Protocol> ec2_protocol(std::string version, std::string xml_namespace) {
  return std::make_unique<Ec2Protocol>(std::move(version), std::move(xml_namespace));
}

}  // namespace local_cloud
