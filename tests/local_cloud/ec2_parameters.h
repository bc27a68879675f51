// What an operation of the query protocols takes, as tables: unknown names, missing ones and values
// of a wrong kind are found before the operation is carried out. The same tables turn a request's
// members into the names that EC2's answers use (BlockDeviceMapping.1.Ebs.SnapshotId ->
// blockDeviceMappingSet/item/ebs/snapshotId), so that nothing given is lost on the way back.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/local_cloud/service.h"

namespace local_cloud::query {

enum class Kind { text, whole, number, boolean, time, structure };

struct Field {
  std::string_view name;  // in requests
  Kind kind = Kind::text;
  std::span<const Field> members = {};  // of a structure
  bool many = false;                    // a list of them
  bool required = false;
  std::string_view answer = {};  // in answers, where it is not the usual name

  // In answers: first letter small, a list's name with "Set".
  std::string answer_name() const;
};

constexpr Field string(std::string_view name) {
  return {.name = name};
}
constexpr Field whole(std::string_view name) {
  return {.name = name, .kind = Kind::whole};
}
constexpr Field decimal(std::string_view name) {
  return {.name = name, .kind = Kind::number};
}
constexpr Field boolean(std::string_view name) {
  return {.name = name, .kind = Kind::boolean};
}
constexpr Field timestamp(std::string_view name) {
  return {.name = name, .kind = Kind::time};
}
constexpr Field structure(std::string_view name, std::span<const Field> members) {
  return {.name = name, .kind = Kind::structure, .members = members};
}
constexpr Field strings(std::string_view name, std::string_view answer = {}) {
  return {.name = name, .many = true, .answer = answer};
}
constexpr Field structures(std::string_view name, std::span<const Field> members,
                           std::string_view answer = {}) {
  return {
      .name = name, .kind = Kind::structure, .members = members, .many = true, .answer = answer};
}
constexpr Field required(Field field) {
  field.required = true;
  return field;
}

// How a service words what is wrong with a parameter.
struct Wording {
  ApiError (*unknown)(std::string_view name);
  ApiError (*missing)(std::string_view name);
  ApiError (*invalid)(std::string_view name, std::string_view value, std::string_view wanted);
};

// Throws what `wording` says of the first thing that is wrong.
void check(std::span<const Field> fields, const json::object& params, const Wording& wording);

// The members that were given, under the answer's names.
json::object to_answer(std::span<const Field> fields, const json::object& params);

// The texts of a list parameter; none when it is absent.
std::vector<std::string> list_of(const json::object& params, std::string_view name);

}  // namespace local_cloud::query
