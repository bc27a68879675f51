// Launching instances: RunInstances, and the same for services that launch by themselves.
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

struct Launch {
  json::object data;   // as a launch template's
  std::string subnet;  // "" for the data's, or the default one of the zone
  std::string client_token;
  Tags tags;  // further ones of the instances; nobody checks them
  int least = 1;
  int most = 1;
};

// What is wrong with it, thrown as RunInstances would; nothing when it can be launched.
void check(Region& region, const Launch& launch, Time now);

// Launches `most`; the ids are in the order of launch. Throws like `check`.
std::vector<std::string> launch(Region& region, const Launch& launch, Time now);

// A template's version as launch data, with the tags that its instances get for it.
struct FromTemplate {
  json::object data;
  Tags tags;
};
FromTemplate from_template(const LaunchTemplate& of, const TemplateVersion& version);

}  // namespace local_cloud::ec2
