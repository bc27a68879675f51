// A list parameter arrives as an array, or as "" when it was sent empty; everything else as text.
#include "tests/local_cloud/ec2_parameters.h"

#include <cctype>
#include <charconv>

#include "agent/base/json.h"
#include "agent/base/text.h"

namespace local_cloud::query {

using agent::base::cat;

namespace {

template <class Number>
bool is_number(std::string_view text) {
  Number value{};
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

// 2026-01-02, optionally with a time: what sorts it out further is nobody's business here.
bool is_time(std::string_view text) {
  return text.size() >= 10 && text[4] == '-' && text[7] == '-' && is_number<int>(text.substr(0, 4));
}

// What the value should have been; "" when it is right.
std::string_view wanted(Kind kind, std::string_view value) {
  switch (kind) {
    case Kind::whole:
      return is_number<std::int64_t>(value) ? "" : "an integer";
    case Kind::number:
      return is_number<double>(value) ? "" : "a number";
    case Kind::boolean:
      return value == "true" || value == "false" ? "" : "a boolean";
    case Kind::time:
      return is_time(value) ? "" : "a timestamp";
    case Kind::text:
    case Kind::structure:
      return "";
  }
  return "";
}

class Checker {
 public:
  explicit Checker(const Wording& wording) : wording_(wording) {}

  void members(std::span<const Field> fields, const json::object& params,
               const std::string& prefix) const {
    for (const auto& [name, value] : params) {
      const auto field = std::ranges::find(fields, std::string_view(name), &Field::name);
      if (field == fields.end()) throw wording_.unknown(cat(prefix, std::string_view(name)));
      entry(*field, value, cat(prefix, std::string_view(name)));
    }
    for (const auto& field : fields) {
      if (field.required && absent(params, field)) throw wording_.missing(cat(prefix, field.name));
    }
  }

 private:
  static bool absent(const json::object& params, const Field& field) {
    const auto* value = agent::base::find(params, field.name);
    return !value || (value->is_string() && value->get_string().empty());
  }

  void entry(const Field& field, const json::value& value, const std::string& name) const {
    if (!field.many) return single(field, value, name);
    if (value.is_string() && value.get_string().empty()) return;
    const auto* list = value.if_array();
    if (!list) throw wording_.unknown(name);
    for (std::size_t i = 0; i < list->size(); ++i) single(field, (*list)[i], cat(name, '.', i + 1));
  }

  void single(const Field& field, const json::value& value, const std::string& name) const {
    if (field.kind == Kind::structure) {
      const auto* object = value.if_object();
      if (object) return members(field.members, *object, name + '.');
      if (value.is_string() && value.get_string().empty()) return;
      throw wording_.unknown(name);
    }
    const auto* text = value.if_string();
    if (!text) throw wording_.unknown(name);
    if (const auto kind = wanted(field.kind, *text); !kind.empty()) {
      throw wording_.invalid(name, *text, kind);
    }
  }

  const Wording& wording_;
};

json::value single_answer(const Field& field, const json::value& value) {
  const auto* object = value.if_object();
  return object ? json::value(to_answer(field.members, *object)) : value;
}

}  // namespace

std::string Field::answer_name() const {
  if (!answer.empty()) return std::string(answer);
  auto result = std::string(name);
  result[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(result[0])));
  return many ? result + "Set" : result;
}

void check(std::span<const Field> fields, const json::object& params, const Wording& wording) {
  Checker(wording).members(fields, params, "");
}

json::object to_answer(std::span<const Field> fields, const json::object& params) {
  json::object result;
  for (const auto& field : fields) {
    const auto* value = agent::base::find(params, field.name);
    if (!value) continue;
    auto& place = result[field.answer_name()];
    if (!field.many) {
      place = single_answer(field, *value);
      continue;
    }
    auto& list = place.emplace_array();
    for (const auto& entry : agent::base::list(params, field.name)) {
      list.push_back(single_answer(field, entry));
    }
  }
  return result;
}

std::vector<std::string> list_of(const json::object& params, std::string_view name) {
  std::vector<std::string> result;
  for (const auto& entry : agent::base::list(params, name)) {
    if (const auto* text = entry.if_string()) result.emplace_back(*text);
  }
  return result;
}

}  // namespace local_cloud::query
