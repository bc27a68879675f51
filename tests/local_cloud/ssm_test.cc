#include "tests/local_cloud/ssm.h"

#include <gmock/gmock.h>

#include "tests/local_cloud/ec2_test_account.h"

namespace local_cloud {
namespace {

using agent::base::member;
using agent::base::text;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

json::object string(std::string_view name, std::string_view value, json::object more = {}) {
  more.insert({{"Name", name}, {"Value", value}});
  if (!more.contains("Overwrite")) more.insert({{"Type", "String"}});
  return more;
}

std::string value_of(TestAccount& cloud, std::string_view name) {
  return text(member(cloud.ssm("GetParameter", {{"Name", name}}), "Parameter"), "Value");
}

std::vector<std::string> names(TestAccount& cloud, json::object params) {
  return TestAccount::all(cloud.ssm("DescribeParameters", std::move(params)), "Parameters", "Name");
}

TEST(Ssm, A_parameter_is_put_read_and_deleted) {
  TestAccount cloud;
  const auto put = cloud.ssm("PutParameter", string("/web/colour", "red"));
  EXPECT_EQ(put, (json::object{{"Version", 1}, {"Tier", "Standard"}}));
  const auto found = member(cloud.ssm("GetParameter", {{"Name", "/web/colour"}}), "Parameter");
  EXPECT_EQ(found, (json::object{{"Name", "/web/colour"},
                                 {"Type", "String"},
                                 {"Value", "red"},
                                 {"Version", 1},
                                 {"LastModifiedDate", 1767312000.0},
                                 {"ARN", "arn:aws:ssm:eu-west-1:123456789012:parameter/web/colour"},
                                 {"DataType", "text"}}));
  cloud.ssm("DeleteParameter", {{"Name", "/web/colour"}});
  for (const auto* operation : {"GetParameter", "DeleteParameter"}) {
    EXPECT_THAT(cloud.ssm_error(operation, {{"Name", "/web/colour"}}),
                StartsWith("400 ParameterNotFound"));
  }
}

TEST(Ssm, It_is_overwritten_only_when_asked_and_keeps_its_versions) {
  TestAccount cloud;
  cloud.ssm("PutParameter", string("colour", "red"));
  EXPECT_THAT(cloud.ssm_error("PutParameter", string("colour", "blue")),
              StartsWith("400 ParameterAlreadyExists"));
  const auto put = cloud.ssm("PutParameter", string("colour", "blue", {{"Overwrite", true}}));
  EXPECT_EQ(text(put, "Version"), "2");
  EXPECT_EQ(value_of(cloud, "colour"), "blue");
  EXPECT_EQ(value_of(cloud, "colour:1"), "red");
  EXPECT_EQ(value_of(cloud, "arn:aws:ssm:eu-west-1:123456789012:parameter/colour:1"), "red");
  EXPECT_THAT(cloud.ssm_error("GetParameter", {{"Name", "colour:3"}}),
              StartsWith("400 ParameterVersionNotFound"));
  cloud.region = "us-east-1";
  EXPECT_THAT(cloud.ssm_error("GetParameter", {{"Name", "colour"}}),
              StartsWith("400 ParameterNotFound"));
}

TEST(Ssm, A_label_is_at_one_version_and_moves) {
  TestAccount cloud;
  cloud.ssm("PutParameter", string("colour", "red"));
  cloud.ssm("PutParameter", string("colour", "blue", {{"Overwrite", true}}));
  const auto label = [&](int version) {
    return cloud.ssm("LabelParameterVersion", {{"Name", "colour"},
                                               {"ParameterVersion", version},
                                               {"Labels", json::array{"stable", "aws-x"}}});
  };
  EXPECT_EQ(label(1),
            (json::object{{"InvalidLabels", json::array{"aws-x"}}, {"ParameterVersion", 1}}));
  EXPECT_EQ(value_of(cloud, "colour:stable"), "red");
  label(2);
  EXPECT_EQ(value_of(cloud, "colour:stable"), "blue");
  EXPECT_THAT(cloud.ssm_error(
                  "LabelParameterVersion",
                  {{"Name", "colour"}, {"ParameterVersion", 9}, {"Labels", json::array{"stable"}}}),
              StartsWith("400 ParameterVersionNotFound"));
}

TEST(Ssm, The_oldest_version_makes_room_unless_it_has_a_label) {
  TestAccount cloud;
  cloud.ssm("PutParameter", string("colour", "1"));
  for (int i = 2; i <= 101; ++i) {
    cloud.ssm("PutParameter", string("colour", agent::base::cat(i), {{"Overwrite", true}}));
  }
  EXPECT_THAT(cloud.ssm_error("GetParameter", {{"Name", "colour:1"}}),
              StartsWith("400 ParameterVersionNotFound"));
  cloud.ssm("LabelParameterVersion",
            {{"Name", "colour"}, {"ParameterVersion", 2}, {"Labels", json::array{"keep"}}});
  EXPECT_THAT(cloud.ssm_error("PutParameter", string("colour", "102", {{"Overwrite", true}})),
              StartsWith("400 ParameterMaxVersionLimitExceeded"));
}

TEST(Ssm, What_breaks_a_rule_is_refused) {
  TestAccount cloud;
  const auto error = [&](json::object params) {
    return cloud.ssm_error("PutParameter", std::move(params));
  };
  for (const auto* name : {"web/colour", "a b", "/aws/x", "ssm-x"}) {
    EXPECT_THAT(error(string(name, "x")), StartsWith("400 ValidationException")) << name;
  }
  EXPECT_THAT(error(string("/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p", "x")),
              StartsWith("400 HierarchyLevelLimitExceededException"));
  EXPECT_THAT(error({{"Name", "x"}, {"Value", "x"}}), StartsWith("400 ValidationException"));
  EXPECT_THAT(error({{"Name", "x"}}), StartsWith("400 ValidationException"));
  EXPECT_THAT(error(string("x", std::string(4097, 'x'))), StartsWith("400 ValidationException"));
  EXPECT_THAT(error(string("x", "x", {{"Type", "SecureString"}})),
              StartsWith("400 UnsupportedParameterType"));
  EXPECT_THAT(error(string("x", "red", {{"AllowedPattern", "[0-9]+"}})),
              StartsWith("400 ParameterPatternMismatchException"));
  EXPECT_THAT(error(string("x", "red", {{"AllowedPattern", "["}})),
              StartsWith("400 InvalidAllowedPatternException"));
  EXPECT_THAT(error(string("x", "x", {{"DataType", "number"}})),
              StartsWith("400 ValidationException"));
}

TEST(Ssm, Its_types_cannot_be_changed) {
  TestAccount cloud;
  cloud.ssm("PutParameter", string("colour", "red"));
  const auto error = [&](json::object more) {
    more["Overwrite"] = true;
    return cloud.ssm_error("PutParameter", string("colour", "ami-00000000", std::move(more)));
  };
  EXPECT_THAT(error({{"Type", "StringList"}}), StartsWith("400 HierarchyTypeMismatchException"));
  EXPECT_THAT(error({{"DataType", "aws:ec2:image"}}), StartsWith("400 ValidationException"));
  EXPECT_EQ(error({{"Type", "String"}, {"DataType", "text"}}), "");
}

TEST(SsmImages, A_value_counts_when_it_has_been_checked) {
  TestAccount cloud;
  const auto image = cloud.image_of(cloud.running_instance(), "web");
  cloud.pass(seconds(100));
  const json::object data_type{{"DataType", "aws:ec2:image"}};
  cloud.ssm("PutParameter", string("image", ec2::public_image, data_type));
  EXPECT_THAT(cloud.ssm_error("GetParameter", {{"Name", "image"}}),
              StartsWith("400 ParameterNotFound"));
  cloud.pass(seconds(10));
  EXPECT_EQ(value_of(cloud, "image"), ec2::public_image);
  const auto put = cloud.ssm("PutParameter", string("image", image, {{"Overwrite", true}}));
  EXPECT_EQ(text(put, "Version"), "2");
  cloud.pass(seconds(9));
  EXPECT_EQ(value_of(cloud, "image"), ec2::public_image);
  cloud.pass(seconds(1));
  EXPECT_EQ(value_of(cloud, "image"), image);
}

TEST(SsmImages, One_that_does_not_pass_is_dropped_without_a_word) {
  TestAccount cloud;
  const auto pending = cloud.image_of(cloud.running_instance(), "web");
  cloud.ssm("PutParameter", string("image", ec2::public_image, {{"DataType", "aws:ec2:image"}}));
  cloud.pass(seconds(10));
  for (const auto& wrong : {std::string("ami-00000000"), pending}) {
    EXPECT_EQ(
        text(cloud.ssm("PutParameter", string("image", wrong, {{"Overwrite", true}})), "Version"),
        "2");
    cloud.pass(seconds(10));
    EXPECT_EQ(value_of(cloud, "image"), ec2::public_image);
  }
  EXPECT_THAT(cloud.ssm_error("PutParameter", string("image", "web", {{"Overwrite", true}})),
              StartsWith("400 ValidationException"));
  cloud.ssm("PutParameter", string("never", "ami-00000000", {{"DataType", "aws:ec2:image"}}));
  cloud.pass(seconds(10));
  EXPECT_THAT(names(cloud, {}), ElementsAre("image"));
}

TEST(Ssm, Several_are_read_and_deleted_at_once) {
  TestAccount cloud;
  cloud.ssm("PutParameter", string("one", "1"));
  cloud.ssm("PutParameter", string("two", "2"));
  const json::object all{{"Names", json::array{"one", "none", "two"}}};
  const auto found = cloud.ssm("GetParameters", all);
  EXPECT_THAT(TestAccount::all(found, "Parameters", "Value"), ElementsAre("1", "2"));
  EXPECT_EQ(found.at("InvalidParameters"), json::array{"none"});
  EXPECT_EQ(cloud.ssm("DeleteParameters", all),
            (json::object{{"InvalidParameters", json::array{"none"}},
                          {"DeletedParameters", json::array{"one", "two"}}}));
  EXPECT_THAT(names(cloud, {}), IsEmpty());
}

TEST(Ssm, They_are_found_by_name_path_type_and_tag) {
  TestAccount cloud;
  const json::array tags{json::object{{"Key", "team"}, {"Value", "web"}}};
  cloud.ssm("PutParameter", string("/web/one", "1", {{"Tags", tags}, {"Description", "First"}}));
  cloud.ssm("PutParameter", string("/web/deep/two", "2"));
  cloud.ssm("PutParameter", string("three", "3,4", {{"Type", "StringList"}}));
  const auto found = [&](json::object filter) {
    return names(cloud, {{"ParameterFilters", json::array{std::move(filter)}}});
  };
  EXPECT_THAT(found({{"Key", "Name"}, {"Values", json::array{"/web/one"}}}),
              ElementsAre("/web/one"));
  EXPECT_THAT(found({{"Key", "Name"}, {"Option", "BeginsWith"}, {"Values", json::array{"/web"}}}),
              ElementsAre("/web/deep/two", "/web/one"));
  EXPECT_THAT(found({{"Key", "Path"}, {"Values", json::array{"/web"}}}), ElementsAre("/web/one"));
  EXPECT_THAT(found({{"Key", "Path"}, {"Option", "Recursive"}, {"Values", json::array{"/web"}}}),
              ElementsAre("/web/deep/two", "/web/one"));
  EXPECT_THAT(found({{"Key", "Type"}, {"Values", json::array{"StringList"}}}),
              ElementsAre("three"));
  EXPECT_THAT(found({{"Key", "tag:team"}, {"Values", json::array{"web"}}}),
              ElementsAre("/web/one"));
  EXPECT_THAT(found({{"Key", "tag:team"}}), ElementsAre("/web/one"));
  const auto error = [&](json::object filter) {
    return cloud.ssm_error("DescribeParameters", {{"ParameterFilters", json::array{filter}}});
  };
  EXPECT_THAT(error({{"Key", "Colour"}, {"Values", json::array{"red"}}}),
              StartsWith("400 InvalidFilterKey"));
  EXPECT_THAT(error({{"Key", "Name"}, {"Option", "Sounds"}, {"Values", json::array{"x"}}}),
              StartsWith("400 InvalidFilterOption"));
}

TEST(Ssm, Lists_of_them_have_pages) {
  TestAccount cloud;
  for (const auto* name : {"a", "b", "c"}) cloud.ssm("PutParameter", string(name, "x"));
  const auto one = cloud.ssm("DescribeParameters", {{"MaxResults", 2}});
  EXPECT_THAT(TestAccount::all(one, "Parameters", "Name"), ElementsAre("a", "b"));
  const auto two =
      cloud.ssm("DescribeParameters", {{"MaxResults", 2}, {"NextToken", one.at("NextToken")}});
  EXPECT_THAT(TestAccount::all(two, "Parameters", "Name"), ElementsAre("c"));
  EXPECT_FALSE(two.contains("NextToken"));
  EXPECT_THAT(cloud.ssm_error("DescribeParameters", {{"NextToken", "x"}}),
              StartsWith("400 InvalidNextToken"));
}

TEST(Ssm, Tags_come_with_it_or_later) {
  TestAccount cloud;
  const auto tags = [](std::string_view value) {
    return json::array{json::object{{"Key", "team"}, {"Value", value}}};
  };
  cloud.ssm("PutParameter", string("colour", "red", {{"Tags", tags("web")}}));
  EXPECT_THAT(cloud.ssm_error("PutParameter",
                              string("colour", "blue", {{"Tags", tags("x")}, {"Overwrite", true}})),
              StartsWith("400 ValidationException"));
  const auto of = [](json::object more = {}) {
    more.insert({{"ResourceType", "Parameter"}, {"ResourceId", "colour"}});
    return more;
  };
  const auto listed = [&] {
    return TestAccount::all(cloud.ssm("ListTagsForResource", of()), "TagList", "Value");
  };
  EXPECT_THAT(listed(), ElementsAre("web"));
  cloud.ssm("AddTagsToResource", of({{"Tags", tags("data")}}));
  EXPECT_THAT(listed(), ElementsAre("data"));
  cloud.ssm("RemoveTagsFromResource", of({{"TagKeys", json::array{"team"}}}));
  EXPECT_THAT(listed(), IsEmpty());
  EXPECT_THAT(cloud.ssm_error("ListTagsForResource",
                              {{"ResourceType", "Parameter"}, {"ResourceId", "none"}}),
              StartsWith("400 InvalidResourceId"));
  EXPECT_EQ(cloud.ssm_error("GetInventory"), "unknown operation");
}

}  // namespace
}  // namespace local_cloud
