// Reading JSON that somebody else wrote: unknown members, nulls and absent members are all the
// same "nothing", and what came from XML has strings where JSON would have numbers or booleans.
// None of these throws.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::base {

namespace json = boost::json;

// The member, or nothing if it is absent or null.
const json::value* find(const json::object& object, std::string_view key);

// "" when absent. Numbers and booleans are written out.
std::string text(const json::object& object, std::string_view key);

// Nothing when absent or not a whole number (also as text).
std::optional<std::int64_t> number(const json::object& object, std::string_view key);

// true for true and "true".
bool flag(const json::object& object, std::string_view key);

// An empty one when absent or of another kind; an empty XML element counts as an empty list.
const json::object& member(const json::object& object, std::string_view key);
const json::array& list(const json::object& object, std::string_view key);

// The objects in a list; anything else in it is passed over.
std::vector<const json::object*> objects(const json::object& object, std::string_view key);

// Parses with limits on depth; nothing when it is not JSON.
std::optional<json::value> parse(std::string_view text);

}  // namespace agent::base
