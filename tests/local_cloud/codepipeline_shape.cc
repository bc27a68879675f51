// One walk over shape and value together collects the faults and copies what is known.
#include "tests/local_cloud/codepipeline_shape.h"

#include <regex>

#include "agent/base/text.h"
#include "tests/local_cloud/service.h"

namespace local_cloud::codepipeline {

struct Pattern {
  std::string source;
  std::regex compiled;
};

namespace {

using agent::base::cat;
using agent::base::join;
using Faults = std::vector<std::string>;

// In characters; AWS counts UTF-16 units, the same for all but the rarest ones.
std::int64_t length(std::string_view text) {
  return std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::string shown(const json::value& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (!value.is_object()) return json::serialize(value);
  Faults parts;
  for (const auto& [key, element] : value.get_object()) {
    parts.push_back(cat(std::string_view(key), "=", shown(element)));
  }
  return cat("{", join(parts, ", "), "}");
}

void check_range(const Shape& shape, std::int64_t size, std::string_view what, Faults& faults) {
  if (shape.most && size > *shape.most) {
    faults.push_back(cat("Member must have ", what, " less than or equal to ", *shape.most));
  }
  if (shape.least && size < *shape.least) {
    faults.push_back(cat("Member must have ", what, " greater than or equal to ", *shape.least));
  }
}

bool matches(const Pattern& pattern, std::string_view text) {
  constexpr std::size_t deepest = 5'000;  // std::regex recurses for every character
  return text.size() <= deepest && std::regex_match(text.begin(), text.end(), pattern.compiled);
}

std::shared_ptr<const Pattern> pattern_of(const std::string& source) {
  if (source.empty()) return nullptr;
  return std::make_shared<const Pattern>(source, std::regex(source, std::regex::optimize));
}

Faults text_faults(const Shape& shape, std::string_view text) {
  Faults faults;
  check_range(shape, length(text), "length", faults);
  if (shape.pattern && !matches(*shape.pattern, text)) {
    faults.push_back(
        cat("Member must satisfy regular expression pattern: ", shape.pattern->source));
  }
  if (!shape.values.empty() && std::ranges::find(shape.values, text) == shape.values.end()) {
    faults.push_back(cat("Member must satisfy enum value set: [", join(shape.values, ", "), "]"));
  }
  return faults;
}

std::string_view kind_name(Shape::Kind kind) {
  switch (kind) {
    case Shape::Kind::text:
      return "a String";
    case Shape::Kind::integer:
      return "an Integer";
    case Shape::Kind::flag:
      return "a Boolean";
    case Shape::Kind::time:
      return "a Timestamp";
    case Shape::Kind::structure:
      return "an Object";
    case Shape::Kind::list:
      return "a List";
    case Shape::Kind::map:
      return "a Map";
  }
  return "";
}

bool is_of(Shape::Kind kind, const json::value& value) {
  switch (kind) {
    case Shape::Kind::text:
      return value.is_string();
    case Shape::Kind::integer:
      return value.is_int64() || (value.is_uint64() && value.get_uint64() < (1ULL << 63));
    case Shape::Kind::flag:
      return value.is_bool();
    case Shape::Kind::time:
      return value.is_number();
    case Shape::Kind::structure:
    case Shape::Kind::map:
      return value.is_object();
    case Shape::Kind::list:
      return value.is_array();
  }
  return false;
}

std::string_view found_name(const json::value& value) {
  if (value.is_string()) return "STRING_VALUE";
  if (value.is_number()) return "NUMBER_VALUE";
  if (value.is_bool()) return value.get_bool() ? "TRUE_VALUE" : "FALSE_VALUE";
  if (value.is_null()) return "VALUE_NULL";
  return value.is_array() ? "START_ARRAY" : "START_OBJECT";
}

class Walk {
 public:
  json::value copy(const Shape& shape, const json::value& value, const std::string& path) {
    if (!is_of(shape.kind, value)) {
      throw ApiError(400, "SerializationException",
                     cat(found_name(value), " can not be converted to ", kind_name(shape.kind)));
    }
    switch (shape.kind) {
      case Shape::Kind::structure:
        return copy_structure(shape, value.get_object(), path);
      case Shape::Kind::list:
        return copy_list(shape, value.get_array(), path);
      case Shape::Kind::map:
        return copy_map(shape, value.get_object(), path);
      default:
        check_scalar(shape, value, path);
        return value;
    }
  }

  void finish() const {
    if (faults_.empty()) return;
    throw ApiError(400, "ValidationException",
                   cat(faults_.size(), " validation error", faults_.size() == 1 ? "" : "s",
                       " detected: ", join(faults_, "; ")));
  }

 private:
  void fault(const std::string& value, const std::string& path, const std::string& constraint) {
    faults_.push_back(
        cat("Value ", value, " at '", path, "' failed to satisfy constraint: ", constraint));
  }

  void check_scalar(const Shape& shape, const json::value& value, const std::string& path) {
    Faults found;
    if (shape.kind == Shape::Kind::text) {
      found = text_faults(shape, value.get_string());
    } else if (shape.kind == Shape::Kind::integer) {
      check_range(shape, value.to_number<std::int64_t>(), "value", found);
    }
    for (const auto& constraint : found) fault(cat("'", shown(value), "'"), path, constraint);
  }

  json::value copy_structure(const Shape& shape, const json::object& object,
                             const std::string& path) {
    json::object copied;
    for (const auto& member : shape.members) {
      const std::string at = path.empty() ? member.name : cat(path, ".", member.name);
      const auto* value = object.if_contains(member.name);
      if (value && !value->is_null()) {
        copied[member.name] = copy(*member.shape, *value, at);
      } else if (member.required) {
        fault("null", at, "Member must not be null");
      }
    }
    return copied;
  }

  json::value copy_list(const Shape& shape, const json::array& array, const std::string& path) {
    Faults found;
    check_range(shape, static_cast<std::int64_t>(array.size()), "length", found);
    for (const auto& constraint : found) fault(cat("'", shown(array), "'"), path, constraint);
    json::array copied;
    for (const auto& element : array) {
      copied.push_back(copy(*shape.element, element, cat(path, ".", copied.size() + 1, ".member")));
    }
    return copied;
  }

  // Faults of keys and of plain values are told of the map as a whole, as AWS does.
  json::value copy_map(const Shape& shape, const json::object& object, const std::string& path) {
    Faults found;
    check_range(shape, static_cast<std::int64_t>(object.size()), "length", found);
    Faults in_keys;
    Faults in_values;
    json::object copied;
    for (const auto& [key, value] : object) {
      if (value.is_null()) continue;
      if (in_keys.empty()) in_keys = text_faults(*shape.key, key);
      if (shape.element->kind == Shape::Kind::text && value.is_string()) {
        if (in_values.empty()) in_values = text_faults(*shape.element, value.get_string());
        copied[key] = value;
      } else {
        copied[key] = copy(*shape.element, value, cat(path, ".", std::string_view(key), ".member"));
      }
    }
    add_map_faults(in_keys, "Map keys", found);
    add_map_faults(in_values, "Map value", found);
    for (const auto& constraint : found) fault(cat("'", shown(object), "'"), path, constraint);
    return copied;
  }

  static void add_map_faults(const Faults& inner, std::string_view of, Faults& faults) {
    if (inner.empty()) return;
    faults.push_back(cat(of, " must satisfy constraint: [", join(inner, ", "), "]"));
  }

  Faults faults_;
};

ShapePtr made(Shape shape) {
  return std::make_shared<const Shape>(std::move(shape));
}

}  // namespace

ShapePtr text(std::int64_t least, std::int64_t most, const std::string& pattern) {
  return made({.least = least, .most = most, .pattern = pattern_of(pattern)});
}

ShapePtr any_text(const std::string& pattern) {
  return made({.pattern = pattern_of(pattern)});
}

ShapePtr one_of(std::vector<std::string> values) {
  return made({.values = std::move(values)});
}

ShapePtr integer(std::int64_t least, std::optional<std::int64_t> most) {
  return made({.kind = Shape::Kind::integer, .least = least, .most = most});
}

ShapePtr flag() {
  return made({.kind = Shape::Kind::flag});
}

ShapePtr timestamp() {
  return made({.kind = Shape::Kind::time});
}

ShapePtr structure(std::vector<Member> members) {
  return made({.kind = Shape::Kind::structure, .members = std::move(members)});
}

ShapePtr list(ShapePtr element, std::optional<std::int64_t> most) {
  return made({.kind = Shape::Kind::list, .most = most, .element = std::move(element)});
}

ShapePtr map(ShapePtr key, ShapePtr element, std::optional<std::int64_t> most) {
  return made({.kind = Shape::Kind::map,
               .most = most,
               .key = std::move(key),
               .element = std::move(element)});
}

json::object checked(const Shape& input, const json::object& params) {
  Walk walk;
  auto copied = walk.copy(input, params, "");
  walk.finish();
  return std::move(copied).as_object();
}

}  // namespace local_cloud::codepipeline
