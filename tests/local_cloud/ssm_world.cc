#include "tests/local_cloud/ssm_world.h"

#include <charconv>

#include "agent/base/text.h"

namespace local_cloud::ssm {

using agent::base::cat;

namespace {

// An image that can be launched from at that time; nobody says why one does not pass.
bool passes(const ec2::Region& machines, const Version& version) {
  const auto* image = ec2::find_by_id(machines.images, version.value);
  return image && version.checked >= image->visible && image->state(version.checked) == "available";
}

void check_what_is_due(World& world, Store& store, Time now) {
  for (auto& [name, parameter] : store.parameters) {
    while (!parameter.unchecked.empty() && now >= parameter.unchecked.front().checked) {
      auto version = std::move(parameter.unchecked.front());
      parameter.unchecked.pop_front();
      if (passes(world.ec2.region(store.account, store.region), version)) {
        parameter.versions.push_back(std::move(version));
      }
    }
  }
  std::erase_if(store.parameters, [](const auto& entry) {
    return entry.second.versions.empty() && entry.second.unchecked.empty();
  });
}

// The name of what an ARN names; anything else as it is.
std::string without_arn(const Store& store, const std::string& named) {
  const auto start = cat("arn:aws:ssm:", store.region, ':', store.account, ":parameter");
  if (!named.starts_with(start)) return named;
  const auto name = named.substr(start.size());
  return store.parameters.contains(name.substr(0, name.find(':'))) ? name : name.substr(1);
}

const Version* version_of(const Parameter& parameter, const std::string& selector) {
  std::int64_t number = 0;
  const auto end = selector.data() + selector.size();
  const auto is_number = std::from_chars(selector.data(), end, number).ptr == end;
  for (const auto& version : parameter.versions) {
    if (is_number ? version.number == number : version.labels.contains(selector)) return &version;
  }
  return nullptr;
}

}  // namespace

std::string Store::arn(const Parameter& parameter) const {
  return cat("arn:aws:ssm:", region, ':', account, ":parameter",
             parameter.name.starts_with('/') ? "" : "/", parameter.name);
}

Store& World::store(const std::string& account, const std::string& region, Time now) {
  auto& store = stores[{account, region}];
  store.account = account;
  store.region = region;
  check_what_is_due(*this, store, now);
  return store;
}

ApiError parameter_not_found(const std::string& name) {
  return {400, "ParameterNotFound", cat("Parameter ", name, " not found.")};
}

Selected select(const Store& store, const std::string& named) {
  const auto given = without_arn(store, named);
  const auto colon = given.find(':');
  const auto known = store.parameters.find(given.substr(0, colon));
  if (known == store.parameters.end() || known->second.versions.empty()) {
    throw parameter_not_found(named);
  }
  const auto& parameter = known->second;
  if (colon == given.npos) return {.parameter = &parameter, .version = &parameter.newest()};
  const auto selector = given.substr(colon + 1);
  const auto* version = version_of(parameter, selector);
  if (!version) {
    throw ApiError(400, "ParameterVersionNotFound",
                   cat("Systems Manager could not find version ", selector, " of ", parameter.name,
                       ". Verify the version and try again."));
  }
  return {.parameter = &parameter, .version = version, .selector = cat(':', selector)};
}

Parameter& parameter_of(Store& store, const std::string& name) {
  const auto known = store.parameters.find(without_arn(store, name));
  if (known == store.parameters.end() || known->second.versions.empty()) {
    throw parameter_not_found(name);
  }
  return known->second;
}

}  // namespace local_cloud::ssm
