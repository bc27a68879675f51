#include "tests/local_cloud/ssm.h"

#include "tests/local_cloud/ssm_operations.h"

namespace local_cloud {

namespace {

const ssm::Operations& operations() {
  static const auto all = [] {
    auto together = ssm::parameter_operations();
    together.merge(ssm::list_operations());
    together.merge(ssm::tag_operations());
    return together;
  }();
  return all;
}

}  // namespace

Ssm::Ssm(const Settings& settings, Ec2& ec2)
    : world_(std::make_unique<ssm::World>(settings, ec2.world())) {
  ec2.world().read_parameter = [this](const ec2::Region& region, const std::string& selector,
                                      Time now) -> std::optional<ec2::Parameter> {
    try {
      const auto& store = world_->store(region.account, region.name, now);
      const auto found = ssm::select(store, selector);
      return ec2::Parameter{.value = found.version->value, .data_type = found.parameter->data_type};
    } catch (const ApiError&) {
      return std::nullopt;
    }
  };
}

Ssm::~Ssm() = default;

json::object Ssm::call(const Call& call) {
  const auto known = operations().find(call.operation);
  if (known == operations().end()) throw UnknownOperation();
  auto understood = call;
  understood.params = ssm::shape::checked(*known->second.input, call.params);
  auto& store = world_->store(call.account, call.region, call.now);
  return known->second.carry_out(*world_, store, understood);
}

namespace ssm {

shape::ShapePtr name_shape() {
  return shape::text(1, 2048);
}

shape::ShapePtr names_shape() {
  return shape::list(name_shape(), 10);
}

shape::ShapePtr tags_shape() {
  return shape::list(
      shape::structure({{.name = "Key", .shape = shape::text(1, 128), .required = true},
                        {.name = "Value", .shape = shape::text(0, 256), .required = true}}),
      1000);
}

ApiError validation_error(const std::string& message) {
  return {400, "ValidationException", message};
}

}  // namespace ssm

}  // namespace local_cloud
