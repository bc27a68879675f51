#include "actions/parts/copies.h"

#include "actions/ops/ec2.h"
#include "agent/base/text.h"

namespace actions {

using agent::base::cat;
using agent::base::trim;
using agent::run::Run;
using agent::run::Settings;
using agent::run::Task;
using agent::run::wrong_setting;

namespace {

// "region=value" or "region".
struct Entry {
  std::string region;
  std::string value;
};

std::vector<Entry> entries(const Settings& settings, std::string_view name) {
  std::vector<Entry> result;
  for (const auto& part : settings.list(name)) {
    const auto equals = part.find('=');
    Entry entry{std::string(trim(std::string_view(part).substr(0, equals))), {}};
    if (equals != std::string::npos) entry.value = trim(std::string_view(part).substr(equals + 1));
    agent::run::expect_region(name, entry.region);
    if (equals != std::string::npos && entry.value.empty()) {
      throw wrong_setting(name, part, cat("there is nothing behind ", entry.region, "="));
    }
    if (std::ranges::count(result, entry.region, &Entry::region) > 0) {
      throw wrong_setting(name, settings.text(name), cat(entry.region, " is there twice"));
    }
    result.push_back(std::move(entry));
  }
  return result;
}

Task<> copy_to(Run run, const CopyOrder& order, std::string source_region, bool encrypted,
               Destination to, std::string& copy) {
  copy = co_await run(ec2::CopyImage{.source_region = source_region,
                                     .image = order.image,
                                     .image_name = order.image_name,
                                     .group = order.group,
                                     .encrypted = encrypted,
                                     .kms_key = to.kms_key});
  if (!order.keep_on_failure) run.on_failure(ec2::DeregisterImage{.image = copy});
  co_await run.until(ec2::ImageAvailable{.image = copy});
  co_await run(ec2::VerifyCopy{
      .copy = copy, .source_region = source_region, .source = order.image, .kms_key = to.kms_key});
}

}  // namespace

std::vector<agent::run::Setting> copy_settings() {
  return {
      {.name = "CopyToRegions",
       .description = "Regions to copy the image to, with a launch template that gets a version "
                      "there: eu-west-1,us-west-2=template-name",
       .kind = agent::run::Setting::Kind::list,
       .property = true},
      {.name = "KmsKeys",
       .description = "KMS keys that the copies are encrypted with: region=key-arn,region=…",
       .kind = agent::run::Setting::Kind::list}};
}

std::vector<Destination> destinations(const Settings& settings) {
  std::vector<Destination> result;
  for (auto& [region, value] : entries(settings, "CopyToRegions")) {
    result.push_back({.region = region, .launch_template = value, .kms_key = {}});
  }
  for (auto& [region, key] : entries(settings, "KmsKeys")) {
    const auto place = std::ranges::find(result, region, &Destination::region);
    if (place == result.end() || key.empty()) {
      throw wrong_setting("KmsKeys", settings.text("KmsKeys"),
                          cat("write region=key for regions of CopyToRegions; ", region,
                              key.empty() ? " has no key" : " is not among them"));
    }
    place->kms_key = key;
  }
  return result;
}

void check_destinations(const Run& run, const std::vector<Destination>& all) {
  for (const auto& one : all) {
    if (one.region != run.region()) continue;
    throw wrong_setting("CopyToRegions", one.region,
                        "that is where the image is made; name other regions only");
  }
}

Task<std::vector<std::string>> copy_to_regions(Run& run, const CopyOrder& order) {
  std::vector<std::string> copies(order.destinations.size());
  if (copies.empty()) co_return copies;
  const auto encrypted = co_await run(ec2::IsEncrypted{.image = order.image});
  std::vector<Task<>> branches;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    const auto& to = order.destinations[i];
    branches.push_back(copy_to(run.in(to.region), order, run.region(), encrypted, to, copies[i]));
  }
  co_await run.all(std::move(branches));
  co_return copies;
}

std::string by_region(const std::vector<Destination>& destinations,
                      const std::vector<std::string>& copies) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    parts.push_back(cat(destinations[i].region, '=', copies[i]));
  }
  return agent::base::join(parts, ",");
}

}  // namespace actions
