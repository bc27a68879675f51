#include "tests/local_cloud/ec2.h"

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/ec2_errors.h"
#include "tests/local_cloud/ec2_operations.h"
#include "tests/local_cloud/ec2_world.h"

namespace local_cloud {

using agent::base::cat;

namespace {

constexpr query::Wording wording{
    .unknown =
        [](std::string_view name) {
          return ApiError(400, "UnknownParameter",
                          cat("The parameter ", name, " is not recognized"));
        },
    .missing =
        [](std::string_view name) {
          return ApiError(400, "MissingParameter",
                          cat("The request must contain the parameter ", name));
        },
    .invalid =
        [](std::string_view name, std::string_view value, std::string_view wanted) {
          return ec2::invalid_value(
              cat("Invalid value '", value, "' for ", name, ". It must be ", wanted, "."));
        },
};

const ec2::Operation* find(std::string_view name) {
  for (const auto family :
       {ec2::image_operations(), ec2::image_creation_operations(), ec2::instance_operations(),
        ec2::image_copy_operations(), ec2::image_attribute_operations(), ec2::launch_operations(),
        ec2::storage_operations(), ec2::launch_template_operations(),
        ec2::launch_template_version_operations(), ec2::network_operations(),
        ec2::tag_operations()}) {
    const auto known = std::ranges::find(family, name, &ec2::Operation::name);
    if (known != family.end()) return &*known;
  }
  return nullptr;
}

// Carries it out on a copy, so that whatever would have gone wrong does.
[[noreturn]] void try_out(const ec2::Operation& operation, ec2::World& world, const Call& call) {
  ec2::World copy(world.settings);
  copy.image_failures = world.image_failures;
  copy.read_parameter = world.read_parameter;
  copy.regions = world.regions;
  for (auto& [key, region] : copy.regions) region.world = &copy;
  operation.carry_out(copy.region(call.account, call.region), call);
  throw ApiError(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.");
}

}  // namespace

Ec2::Ec2(const Settings& settings) : world_(std::make_unique<ec2::World>(settings)) {}

Ec2::~Ec2() = default;

json::object Ec2::call(const Call& call) {
  const auto* operation = find(call.operation);
  if (!operation) throw UnknownOperation();
  query::check(operation->fields, call.params, wording);
  if (listener_) listener_(call);
  if (agent::base::flag(call.params, "DryRun")) try_out(*operation, *world_, call);
  auto answer = operation->carry_out(world_->region(call.account, call.region), call);
  if (listener_) listener_(call);
  return answer;
}

void Ec2::fail_next_image(const std::string& reason) {
  world_->image_failures.push_back(reason);
}

}  // namespace local_cloud
