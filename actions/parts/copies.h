// An image in further regions: CodePipeline has no cross-region custom actions, so the action does
// it. All or nothing: versions are made when the copies in all regions are verified.
#pragma once

#include <string>
#include <vector>

#include "agent/run/run.h"
#include "agent/run/settings.h"

namespace actions {

struct Destination {
  std::string region;
  std::string launch_template;  // name or lt-…; "" = the copy alone
  std::string kms_key;          // of that region; "" = its default one
};

// The settings CopyToRegions (region or region=template) and KmsKeys (region=key).
std::vector<agent::run::Setting> copy_settings();
// Throws ConfigurationError.
std::vector<Destination> destinations(const agent::run::Settings& settings);
// The same, once the region is known that the work is done in.
void check_destinations(const agent::run::Run& run, const std::vector<Destination>& all);

struct CopyOrder {
  std::string image;
  std::string image_name;
  std::string group;
  bool keep_on_failure = false;
  std::vector<Destination> destinations;
};

// A copy in each region, available and verified, in the order of the destinations. On failure they
// are removed.
agent::run::Task<std::vector<std::string>> copy_to_regions(agent::run::Run& run,
                                                           const CopyOrder& order);

// "region=ami-…,region=ami-…"
std::string by_region(const std::vector<Destination>& destinations,
                      const std::vector<std::string>& copies);

}  // namespace actions
