#include "tests/local_cloud/control.h"

#include <charconv>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/times.h"

namespace local_cloud {

namespace {

using agent::base::cat;
using agent::base::text;

constexpr std::string_view prefix = "/_control/";

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

json::value body_of(const Request& request) {
  auto body = agent::base::parse(request.body);
  if (!body) throw Wrong("the body is not JSON");
  return std::move(*body);
}

// One object, a list of objects, or {"name": [objects]}.
std::vector<json::object> objects_of(const Request& request, std::string_view name) {
  auto body = body_of(request);
  if (body.is_object() && body.get_object().contains(name)) {
    auto inner = body.get_object().at(name);
    body = std::move(inner);
  }
  std::vector<json::object> objects;
  if (body.is_object()) objects.push_back(body.get_object());
  if (body.is_array()) {
    for (const auto& entry : body.get_array()) {
      if (!entry.is_object()) throw Wrong("the list holds something that is not an object");
      objects.push_back(entry.get_object());
    }
  } else if (!body.is_object()) {
    throw Wrong("the body is neither an object nor a list");
  }
  return objects;
}

json::object rule_as_json(const FaultRule& rule) {
  json::object out{{"id", rule.id},           {"effect", name(rule.fault.effect)},
                   {"service", rule.service}, {"operation", rule.operation},
                   {"account", rule.account}, {"region", rule.region},
                   {"skip", rule.skip},       {"probability", rule.probability},
                   {"seen", rule.seen},       {"applied", rule.applied}};
  if (rule.times) out["times"] = *rule.times;
  return out;
}

json::object list_faults(const Faults& faults) {
  json::array rules;
  for (const auto& rule : faults.rules()) rules.push_back(rule_as_json(rule));
  return {{"rules", std::move(rules)}};
}

json::object put_faults(Faults& faults, const Request& request) {
  std::vector<FaultRule> rules;
  for (const auto& object : objects_of(request, "rules")) {
    auto rule = read_rule(object);
    if (!rule) throw Wrong(rule.error());
    rules.push_back(std::move(*rule));
  }
  if (request.method == "PUT") faults.clear();
  for (auto& rule : rules) faults.add(std::move(rule));
  return list_faults(faults);
}

json::object delete_faults(Faults& faults, const Pairs& query) {
  if (const auto id = find(query, "id"); !id.empty()) {
    if (!faults.remove(id)) throw Wrong(cat("there is no rule '", id, "'"));
  } else {
    faults.clear();
  }
  return list_faults(faults);
}

std::uint64_t number_of(const Pairs& query, std::string_view name, std::uint64_t otherwise) {
  const auto text = find(query, name);
  if (text.empty()) return otherwise;
  std::uint64_t value = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) throw Wrong(cat(name, " is not a number"));
  return value;
}

json::object list_requests(const RequestLog& log, const Pairs& query) {
  const auto since = number_of(query, "since", 0);
  const auto limit = number_of(query, "limit", log.entries().size());
  const auto service = find(query, "service");
  const auto operation = find(query, "operation");
  json::array requests;
  for (const auto& exchange : log.entries()) {
    if (requests.size() >= limit) break;
    if (exchange.sequence <= since || (!service.empty() && exchange.service != service) ||
        (!operation.empty() && exchange.operation != operation)) {
      continue;
    }
    requests.push_back(as_json(exchange));
  }
  return {{"requests", std::move(requests)}};
}

json::object put_settings(Settings& settings, const Request& request) {
  const auto body = body_of(request);
  if (!body.is_object()) throw Wrong("the body is not an object");
  auto changed = settings;
  for (const auto& [name, value] : body.get_object()) {
    if (auto problem = set(changed, name, text(body.get_object(), name))) throw Wrong(*problem);
  }
  settings = changed;
  return as_json(settings);
}

json::object put_keys(Accounts& accounts, const Request& request) {
  std::vector<Key> keys;
  for (const auto& object : objects_of(request, "keys")) {
    Key key{.id = text(object, "access_key"),
            .secret = text(object, "secret"),
            .account = text(object, "account"),
            .arn = text(object, "arn"),
            .user_id = text(object, "user_id"),
            .token = text(object, "token"),
            .expiry = parse_compact(text(object, "expiry"))};
    if (key.id.empty() || key.secret.empty() || key.account.size() != 12) {
      throw Wrong("a key needs access_key, secret and an account of 12 digits");
    }
    keys.push_back(std::move(key));
  }
  for (auto& key : keys) accounts.add(std::move(key));
  return {};
}

json::object put_roles(Accounts& accounts, const Request& request) {
  for (const auto& object : objects_of(request, "roles")) {
    Role role{.arn = text(object, "arn"), .external_id = text(object, "external_id")};
    if (role.arn.empty()) throw Wrong("a role needs an arn");
    for (const auto& account : agent::base::list(object, "trusted_accounts")) {
      if (account.is_string()) role.trusted_accounts.emplace_back(account.get_string());
    }
    accounts.add(std::move(role));
  }
  return {};
}

json::object list_denials(const Accounts& accounts) {
  json::array denials;
  for (const auto& [principal, action] : accounts.denials()) {
    denials.push_back({{"principal", principal}, {"action", action}});
  }
  return {{"denials", std::move(denials)}};
}

json::object put_denials(Accounts& accounts, const Request& request) {
  std::vector<Denial> denials;
  for (const auto& object : objects_of(request, "denials")) {
    denials.push_back({text(object, "principal"), text(object, "action")});
    if (denials.back().principal.empty() || denials.back().action.empty()) {
      throw Wrong("a denial needs principal and action");
    }
  }
  for (auto& denial : denials) accounts.deny(std::move(denial));
  return list_denials(accounts);
}

json::object act(Control& control, const Request& request) {
  const auto target = split_target(request.target);
  const auto query = query_pairs(target.query);
  const auto what = target.path.substr(prefix.size());
  const auto& method = request.method;
  const auto put = method == "POST" || method == "PUT";
  if (what == "health" && method == "GET") return {{"status", "ok"}};
  if (what == "faults" && method == "GET") return list_faults(control.faults);
  if (what == "faults" && put) return put_faults(control.faults, request);
  if (what == "faults" && method == "DELETE") return delete_faults(control.faults, query);
  if (what == "requests" && method == "GET") return list_requests(control.log, query);
  if (what == "requests" && method == "DELETE") return control.log.clear(), json::object();
  if (what == "settings" && method == "GET") return as_json(control.settings);
  if (what == "settings" && put) return put_settings(control.settings, request);
  if (what == "keys" && put) return put_keys(control.accounts, request);
  if (what == "roles" && put) return put_roles(control.accounts, request);
  if (what == "deny" && method == "GET") return list_denials(control.accounts);
  if (what == "deny" && put) return put_denials(control.accounts, request);
  if (what == "deny" && method == "DELETE") {
    return control.accounts.allow_everything(), json::object();
  }
  throw Wrong(cat("there is no ", method, ' ', target.path));
}

}  // namespace

bool Control::is_meant(const Request& request) {
  return split_target(request.target).path.starts_with(prefix);
}

Response Control::handle(const Request& request) {
  Response response{.headers = {{"Content-Type", "application/json"}}};
  try {
    response.body = json::serialize(act(*this, request)) + "\n";
  } catch (const std::exception& wrong) {
    response.status = 400;
    response.body = json::serialize(json::object{{"error", wrong.what()}}) + "\n";
  }
  return response;
}

}  // namespace local_cloud
