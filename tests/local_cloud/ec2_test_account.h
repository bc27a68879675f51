// An account in one region, driven on a fake clock: for the tests of EC2, Auto Scaling and SSM.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling.h"
#include "tests/local_cloud/ec2.h"
#include "tests/local_cloud/ec2_builtin.h"
#include "tests/local_cloud/ssm.h"

namespace local_cloud {

class TestAccount {
 public:
  TestAccount() {
    settings.image_time = std::chrono::seconds(100);
    settings.visibility_lag = std::chrono::seconds(2);
    settings.instance_start_time = std::chrono::seconds(10);
    settings.instance_stop_time = std::chrono::seconds(5);
    settings.instance_reboot_time = std::chrono::seconds(20);
    settings.standby_time = std::chrono::seconds(3);
    settings.parameter_check_time = std::chrono::seconds(10);
    settings.launch_retry_time = std::chrono::seconds(30);
  }

  json::object ec2(std::string operation, json::object params = {}) {
    return ec2_.call(request(std::move(operation), std::move(params)));
  }
  json::object ssm(std::string operation, json::object params = {}) {
    return ssm_.call(request(std::move(operation), std::move(params)));
  }
  json::object groups(std::string operation, json::object params = {}) {
    return groups_.call(request(std::move(operation), std::move(params)));
  }

  // "400 Code: message" of the error; "" when there is none.
  std::string ec2_error(std::string operation, json::object params = {}) {
    return error_of([&] { ec2(std::move(operation), std::move(params)); });
  }
  std::string ssm_error(std::string operation, json::object params = {}) {
    return error_of([&] { ssm(std::move(operation), std::move(params)); });
  }
  std::string groups_error(std::string operation, json::object params = {}) {
    return error_of([&] { groups(std::move(operation), std::move(params)); });
  }

  void pass(std::chrono::seconds time) { now += time; }

  // The id of an instance that is running.
  std::string running_instance(json::object params = {}) {
    params.insert({{"ImageId", ec2::public_image}, {"MinCount", "1"}, {"MaxCount", "1"}});
    const auto answer = ec2("RunInstances", std::move(params));
    pass(std::chrono::seconds(60));
    return std::string(answer.at("instancesSet").at(0).at("instanceId").as_string());
  }
  std::string image_of(const std::string& instance, const std::string& name) {
    const auto answer = ec2("CreateImage", {{"InstanceId", instance}, {"Name", name}});
    return agent::base::text(answer, "imageId");
  }
  json::object image(const std::string& id) {
    return first(ec2("DescribeImages", {{"ImageId", json::array{id}}}), "imagesSet");
  }
  json::object instance(const std::string& id) {
    return first(
        first(ec2("DescribeInstances", {{"InstanceId", json::array{id}}}), "reservationSet"),
        "instancesSet");
  }
  std::string state(const std::string& id) {
    return agent::base::text(agent::base::member(instance(id), "instanceState"), "name");
  }
  // A template with the public image, or the data given.
  json::object launch_template(const std::string& name, json::object data = {}) {
    data.insert({{"ImageId", ec2::public_image}, {"InstanceType", "t3.micro"}});
    return ec2("CreateLaunchTemplate",
               {{"LaunchTemplateName", name}, {"LaunchTemplateData", std::move(data)}})
        .at("launchTemplate")
        .as_object();
  }
  json::object group(const std::string& name) {
    return first(
        groups("DescribeAutoScalingGroups", {{"AutoScalingGroupNames", json::array{name}}}),
        "AutoScalingGroups");
  }

  // The first of a list; an empty object when there is none.
  static json::object first(const json::object& answer, std::string_view list) {
    const auto all = agent::base::objects(answer, list);
    return all.empty() ? json::object() : *all.front();
  }
  static std::vector<std::string> all(const json::object& answer, std::string_view list,
                                      std::string_view member) {
    std::vector<std::string> result;
    for (const auto* entry : agent::base::objects(answer, list)) {
      result.push_back(agent::base::text(*entry, member));
    }
    return result;
  }

  Settings settings;
  Time now = std::chrono::sys_days{std::chrono::January / 2 / 2026};
  std::string account = "123456789012";
  std::string region = "eu-west-1";

 private:
  Call request(std::string operation, json::object params) const {
    return {.operation = std::move(operation),
            .params = std::move(params),
            .account = account,
            .region = region,
            .access_key = "AKIDEXAMPLE",
            .request_id = "request",
            .now = now};
  }

  template <class Function>
  static std::string error_of(Function function) {
    try {
      function();
    } catch (const ApiError& error) {
      return agent::base::cat(error.status, ' ', error.code, ": ", error.what());
    } catch (const UnknownOperation&) {
      return "unknown operation";
    }
    return "";
  }

  Ec2 ec2_{settings};
  AutoScaling groups_{settings, ec2_};
  Ssm ssm_{settings, ec2_};

 public:
  Ec2& service() { return ec2_; }
};

inline json::array filter(std::string_view name, json::array values) {
  return {json::object{{"Name", name}, {"Value", std::move(values)}}};
}

}  // namespace local_cloud
