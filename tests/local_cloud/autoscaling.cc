#include "tests/local_cloud/autoscaling.h"

#include <cctype>
#include <map>

#include "agent/base/text.h"
#include "tests/local_cloud/autoscaling_operations.h"
#include "tests/local_cloud/autoscaling_scaling.h"

namespace local_cloud {

using agent::base::cat;
using autoscaling::validation_error;

namespace {

// A parameter's name as the service's validation writes it.
std::string in_small(std::string_view name) {
  auto result = std::string(name);
  if (!result.empty()) {
    result[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(result[0])));
  }
  return result;
}

constexpr query::Wording wording{
    .unknown =
        [](std::string_view name) {
          return validation_error(cat("The parameter ", name, " is not recognized"));
        },
    .missing =
        [](std::string_view name) {
          return validation_error(cat("1 validation error detected: Value null at '",
                                      in_small(name),
                                      "' failed to satisfy constraint: Member must not be null"));
        },
    .invalid =
        [](std::string_view name, std::string_view value, std::string_view wanted) {
          return validation_error(cat("1 validation error detected: Value '", value, "' at '",
                                      in_small(name), "' failed to satisfy constraint: Member ",
                                      "must be ", wanted));
        },
};

const autoscaling::Operation* find(std::string_view name) {
  for (const auto family :
       {autoscaling::group_operations(), autoscaling::view_operations(),
        autoscaling::member_operations(), autoscaling::process_operations(),
        autoscaling::activity_operations(), autoscaling::launch_configuration_operations(),
        autoscaling::tag_operations(), autoscaling::refresh_operations(),
        autoscaling::warm_pool_operations()}) {
    const auto known = std::ranges::find(family, name, &autoscaling::Operation::name);
    if (known != family.end()) return &*known;
  }
  return nullptr;
}

}  // namespace

struct AutoScaling::Parts {
  explicit Parts(ec2::World& world) : ec2(world) {}

  autoscaling::Place place(const Call& call) {
    return {regions[{call.account, call.region}], ec2.region(call.account, call.region)};
  }
  void advance(const Call& call) {
    auto here = place(call);
    autoscaling::advance(here, call.now);
  }

  ec2::World& ec2;
  std::map<std::pair<std::string, std::string>, autoscaling::Region> regions;
};

AutoScaling::AutoScaling(const Settings&, Ec2& ec2) : parts_(std::make_unique<Parts>(ec2.world())) {
  ec2.when_called([this](const Call& call) { parts_->advance(call); });
}

AutoScaling::~AutoScaling() = default;

json::object AutoScaling::call(const Call& call) {
  const auto* operation = find(call.operation);
  if (!operation) throw UnknownOperation();
  query::check(operation->fields, call.params, wording);
  parts_->advance(call);
  auto place = parts_->place(call);
  auto answer = operation->carry_out(place, call);
  parts_->advance(call);
  return answer;
}

}  // namespace local_cloud
