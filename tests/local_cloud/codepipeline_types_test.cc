// Custom action types and their limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/local_cloud/codepipeline_scene.h"

namespace local_cloud {
namespace {

using testing::HasSubstr;

const json::object deletion{{"category", "Deploy"}, {"provider", "CreateImage"}, {"version", "1"}};

json::object property(const std::string& name) {
  return {{"name", name}, {"required", true}, {"key", false}, {"secret", false}};
}

class ActionTypes : public testing::Test {
 protected:
  std::string code_with(std::string_view member, const json::value& value) {
    auto params = scene.type_params();
    params[member] = value;
    return scene.refusal_code("CreateCustomActionType", params);
  }
  std::string code_of_property(std::string_view member, const json::value& value) {
    auto params = scene.type_params();
    params["configurationProperties"].at(1).as_object()[member] = value;
    return scene.refusal_code("CreateCustomActionType", params);
  }
  std::size_t listed(const json::object& params) {
    return scene.ask("ListActionTypes", params).at("actionTypes").as_array().size();
  }
  Scene scene;
};

TEST_F(ActionTypes, Are_answered_as_they_were_registered_and_listed) {
  const auto made = scene.ask("CreateCustomActionType", scene.type_params());
  EXPECT_EQ(text_at(made, "/actionType/id/owner"), "Custom");
  EXPECT_EQ(text_at(made, "/actionType/actionConfigurationProperties/1/name"), "Options");
  const auto listed = scene.ask("ListActionTypes", {{"actionOwnerFilter", "Custom"}});
  EXPECT_EQ(listed.at("actionTypes").at(0), made.at("actionType"));
}

TEST_F(ActionTypes, Include_those_of_AWS) {
  scene.register_type();
  EXPECT_EQ(listed({{"actionOwnerFilter", "Custom"}}), 1u);
  EXPECT_EQ(listed({{"actionOwnerFilter", "ThirdParty"}}), 0u);
  EXPECT_GE(listed({{"actionOwnerFilter", "AWS"}}), 9u);
  EXPECT_EQ(listed({}), listed({{"actionOwnerFilter", "AWS"}}) + 1);
}

TEST_F(ActionTypes, Cannot_be_created_twice) {
  scene.register_type();
  EXPECT_EQ(scene.refusal_code("CreateCustomActionType", scene.type_params()),
            "ActionTypeAlreadyExistsException");
}

TEST_F(ActionTypes, That_were_deleted_are_restored_only_as_they_were) {
  scene.register_type();
  EXPECT_EQ(scene.ask("DeleteCustomActionType", deletion), json::object{});
  EXPECT_EQ(listed({{"actionOwnerFilter", "Custom"}}), 0u);
  EXPECT_EQ(code_with("outputArtifactDetails", {{"minimumCount", 0}, {"maximumCount", 5}}),
            "ValidationException");
  scene.register_type();
  EXPECT_EQ(listed({{"actionOwnerFilter", "Custom"}}), 1u);
}

TEST_F(ActionTypes, Have_bounded_names_versions_and_counts) {
  EXPECT_EQ(code_with("provider", json::string(36, 'x')), "ValidationException");
  EXPECT_EQ(code_with("provider", "a b"), "ValidationException");
  EXPECT_EQ(code_with("version", "1234567890"), "ValidationException");
  EXPECT_EQ(code_with("version", "1.0"), "ValidationException");
  EXPECT_EQ(code_with("category", "Magic"), "ValidationException");
  EXPECT_EQ(code_with("inputArtifactDetails", {{"minimumCount", 0}, {"maximumCount", 6}}),
            "ValidationException");
  EXPECT_EQ(code_with("inputArtifactDetails", {{"minimumCount", 2}, {"maximumCount", 1}}),
            "ValidationException");
  EXPECT_EQ(code_with("inputArtifactDetails", nullptr), "ValidationException");
  EXPECT_EQ(code_with("provider", json::string(35, 'x')), "");
}

TEST_F(ActionTypes, Have_at_most_ten_well_formed_properties) {
  json::array properties;
  for (int i = 0; i < 11; ++i) properties.push_back(property("P" + std::to_string(i)));
  auto params = scene.type_params();
  params.erase("settings");
  params["configurationProperties"] = properties;
  EXPECT_THAT(scene.refusal("CreateCustomActionType", params),
              HasSubstr("at 'configurationProperties' failed to satisfy constraint: Member must "
                        "have length less than or equal to 10"));
  properties.pop_back();
  params["configurationProperties"] = properties;
  EXPECT_EQ(scene.refusal_code("CreateCustomActionType", params), "");

  EXPECT_EQ(code_of_property("name", json::string(51, 'x')), "ValidationException");
  EXPECT_EQ(code_of_property("name", "AutoScalingGroupName"), "ValidationException");
  EXPECT_EQ(code_of_property("description", json::string(161, 'x')), "ValidationException");
  EXPECT_EQ(code_of_property("type", "Text"), "ValidationException");
  EXPECT_EQ(code_of_property("secret", nullptr), "ValidationException");
}

TEST_F(ActionTypes, Have_one_queryable_property_that_is_required_and_open) {
  EXPECT_EQ(code_of_property("queryable", true), "ValidationException");
  auto params = scene.type_params();
  auto& properties = params["configurationProperties"].as_array();
  properties[0].as_object()["queryable"] = true;
  properties[1].as_object()["queryable"] = true;
  properties[1].as_object()["required"] = true;
  EXPECT_EQ(scene.refusal_code("CreateCustomActionType", params), "ValidationException");
  properties[1].as_object()["queryable"] = false;
  EXPECT_EQ(scene.refusal_code("CreateCustomActionType", params), "");
}

TEST_F(ActionTypes, Have_links_made_of_required_open_properties) {
  EXPECT_EQ(code_with("settings", {{"entityUrlTemplate", "https://x/{Config:Options}"}}),
            "ValidationException");
  EXPECT_EQ(code_with("settings", {{"entityUrlTemplate", "https://x/{Config:Nothing}"}}),
            "ValidationException");
  EXPECT_EQ(code_with("settings", {{"entityUrlTemplate", json::string(2049, 'x')}}),
            "ValidationException");
}

TEST_F(ActionTypes, Are_at_most_fifty) {
  for (int i = 0; i < 50; ++i) scene.register_type("Type" + std::to_string(i));
  EXPECT_EQ(scene.refusal_code("CreateCustomActionType", scene.type_params("OneMore")),
            "LimitExceededException");
  scene.ask("DeleteCustomActionType",
            {{"category", "Deploy"}, {"provider", "Type0"}, {"version", "1"}});
  scene.register_type("OneMore");
}

TEST_F(ActionTypes, Carry_tags) {
  auto params = scene.type_params();
  params["tags"] = {{{"key", "team"}, {"value", "a"}}};
  scene.ask("CreateCustomActionType", params);
  const std::string arn =
      "arn:aws:codepipeline:eu-central-1:111122223333:actiontype:Custom/Deploy/CreateImage/1";
  EXPECT_EQ(text_at(scene.ask("ListTagsForResource", {{"resourceArn", arn}}), "/tags/0/value"),
            "a");
  scene.ask("TagResource", {{"resourceArn", arn}, {"tags", {{{"key", "team"}, {"value", "b"}}}}});
  EXPECT_EQ(text_at(scene.ask("ListTagsForResource", {{"resourceArn", arn}}), "/tags/0/value"),
            "b");
  scene.ask("UntagResource", {{"resourceArn", arn}, {"tagKeys", json::array{"team"}}});
  EXPECT_EQ(text_at(scene.ask("ListTagsForResource", {{"resourceArn", arn}}), "/tags"), "[]");
}

TEST_F(ActionTypes, Are_refused_with_everything_that_is_wrong) {
  EXPECT_EQ(scene.refusal("DeleteCustomActionType", {{"category", "Magic"}, {"provider", "a b"}}),
            "ValidationException: 3 validation errors detected: Value 'Magic' at 'category' failed "
            "to satisfy constraint: Member must satisfy enum value set: [Source, Build, Deploy, "
            "Test, Invoke, Approval, Compute]; Value 'a b' at 'provider' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [0-9A-Za-z_-]+; Value "
            "null at 'version' failed to satisfy constraint: Member must not be null");
}

}  // namespace
}  // namespace local_cloud
