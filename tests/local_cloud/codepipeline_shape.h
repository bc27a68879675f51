// What an operation of a JSON 1.1 service accepts, as data, and AWS's way of saying what is wrong:
// "1 validation error detected: Value 'x' at 'a.b' failed to satisfy constraint: Member must ...".
// The constraints are those that the API reference prints beside every member.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace local_cloud::codepipeline {

namespace json = boost::json;

struct Shape;
struct Pattern;  // a regular expression, compiled once
using ShapePtr = std::shared_ptr<const Shape>;

struct Member {
  std::string name;
  ShapePtr shape;
  bool required = false;
};

struct Shape {
  enum class Kind { text, integer, flag, time, structure, list, map };
  Kind kind = Kind::text;
  std::optional<std::int64_t> least;  // length, value or count
  std::optional<std::int64_t> most;
  std::shared_ptr<const Pattern> pattern;
  std::vector<std::string> values;
  std::vector<Member> members;  // of a structure
  ShapePtr key;                 // of a map
  ShapePtr element;             // of a list or a map
};

ShapePtr text(std::int64_t least, std::int64_t most, const std::string& pattern = "");
ShapePtr any_text(const std::string& pattern = "");
ShapePtr one_of(std::vector<std::string> values);
ShapePtr integer(std::int64_t least, std::optional<std::int64_t> most = {});
ShapePtr flag();
ShapePtr timestamp();
ShapePtr structure(std::vector<Member> members);
ShapePtr list(ShapePtr element, std::optional<std::int64_t> most = {});
ShapePtr map(ShapePtr key, ShapePtr element, std::optional<std::int64_t> most = {});

// The parameters as the service sees them: unknown members and nulls are gone. Throws ApiError:
// ValidationException naming every fault, SerializationException for the wrong kind of JSON.
json::object checked(const Shape& input, const json::object& params);

}  // namespace local_cloud::codepipeline
