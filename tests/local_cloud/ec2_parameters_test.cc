#include "tests/local_cloud/ec2_parameters.h"

#include <gmock/gmock.h>

#include "agent/base/text.h"

namespace local_cloud::query {
namespace {

constexpr Field disk[] = {string("SnapshotId"), whole("VolumeSize")};
constexpr Field mapping[] = {required(string("DeviceName")), structure("Ebs", disk)};
constexpr Field fields[] = {required(string("Name")),  boolean("Force"),
                            decimal("Price"),          timestamp("Since"),
                            strings("Id", "groupSet"), structures("Mapping", mapping)};

constexpr Wording wording{
    [](std::string_view name) { return ApiError(400, "unknown", std::string(name)); },
    [](std::string_view name) { return ApiError(400, "missing", std::string(name)); },
    [](std::string_view name, std::string_view value, std::string_view wanted) {
      return ApiError(400, "invalid", agent::base::cat(name, '=', value, " not ", wanted));
    }};

std::string problem(const json::object& params) {
  try {
    check(fields, params, wording);
  } catch (const ApiError& error) {
    return agent::base::cat(error.code, ' ', error.what());
  }
  return "";
}

TEST(Ec2Parameters, What_is_right_passes) {
  EXPECT_EQ(problem({{"Name", "a"},
                     {"Force", "true"},
                     {"Price", "0.5"},
                     {"Since", "2026-01-02T03:04:05Z"},
                     {"Id", json::array{"x", "y"}},
                     {"Mapping", json::array{json::object{{"DeviceName", "/dev/a"}}}}}),
            "");
}

TEST(Ec2Parameters, A_list_that_was_sent_empty_passes) {
  EXPECT_EQ(problem({{"Name", "a"}, {"Id", ""}, {"Mapping", ""}}), "");
}

TEST(Ec2Parameters, Unknown_names_are_told_with_their_path) {
  EXPECT_EQ(problem({{"Name", "a"}, {"Nmae", "b"}}), "unknown Nmae");
  const json::object ebs{{"VolumeSizes", "8"}};
  EXPECT_EQ(problem({{"Name", "a"},
                     {"Mapping", json::array{json::object{{"DeviceName", "a"}, {"Ebs", ebs}}}}}),
            "unknown Mapping.1.Ebs.VolumeSizes");
}

TEST(Ec2Parameters, A_structure_where_a_text_belongs_is_unknown) {
  EXPECT_EQ(problem({{"Name", json::object{{"Value", "a"}}}}), "unknown Name");
  EXPECT_EQ(problem({{"Name", "a"}, {"Id", "x"}}), "unknown Id");
}

TEST(Ec2Parameters, Missing_ones_are_told_at_any_depth) {
  EXPECT_EQ(problem({}), "missing Name");
  EXPECT_EQ(problem({{"Name", ""}}), "missing Name");
  EXPECT_EQ(
      problem({{"Name", "a"}, {"Mapping", json::array{json::object{{"Ebs", json::object()}}}}}),
      "missing Mapping.1.DeviceName");
}

TEST(Ec2Parameters, Values_of_a_wrong_kind_are_invalid) {
  EXPECT_EQ(problem({{"Name", "a"}, {"Force", "yes"}}), "invalid Force=yes not a boolean");
  EXPECT_EQ(problem({{"Name", "a"}, {"Price", "1,5"}}), "invalid Price=1,5 not a number");
  EXPECT_EQ(problem({{"Name", "a"}, {"Since", "now"}}), "invalid Since=now not a timestamp");
  const json::object ebs{{"VolumeSize", "8 GiB"}};
  EXPECT_EQ(problem({{"Name", "a"},
                     {"Mapping", json::array{json::object{{"DeviceName", "a"}, {"Ebs", ebs}}}}}),
            "invalid Mapping.1.Ebs.VolumeSize=8 GiB not an integer");
}

TEST(Ec2Parameters, Answers_call_members_otherwise) {
  const json::object ebs{{"VolumeSize", "8"}};
  const json::object params{
      {"Id", json::array{"x"}},
      {"Mapping", json::array{json::object{{"DeviceName", "a"}, {"Ebs", ebs}}}}};
  EXPECT_EQ(json::serialize(to_answer(fields, params)),
            R"({"groupSet":["x"],"mappingSet":[{"deviceName":"a","ebs":{"volumeSize":"8"}}]})");
}

TEST(Ec2Parameters, An_empty_list_stays_a_list_in_answers) {
  EXPECT_EQ(json::serialize(to_answer(fields, {{"Mapping", ""}})), R"({"mappingSet":[]})");
}

}  // namespace
}  // namespace local_cloud::query
