// What names an image in its region, so that it must not be removed. Everything is read anew and to
// the last page: instances, versions of all launch templates, groups with their overrides, instance
// refreshes under way, launch configurations, and Systems Manager's parameters of this pipeline.
//
// A snapshot of an image stands for it: who names that needs the image's snapshots.
#pragma once

#include <compare>
#include <set>
#include <string>
#include <vector>

#include "agent/run/operation.h"

namespace actions {

struct TemplateVersion {
  std::string launch_template;  // lt-…
  std::string number;

  auto operator<=>(const TemplateVersion&) const = default;
};

// A version that starts an image, or a volume from a snapshot of it.
struct VersionOfImage {
  TemplateVersion version;
  std::string image;
  bool starts = false;  // the image itself
  std::string description;
};

struct References {
  std::set<std::string> images;  // named by other things than versions
  std::vector<VersionOfImage> versions;
  // Those that may not be deleted: default and latest ones, and what groups, instance refreshes and
  // instances run. Others than those of the images may be among them.
  std::set<TemplateVersion> in_use;
};

// So many images at once, as one request takes 200 values in its filters (EC2 API Reference).
inline constexpr std::size_t most_images = 50;

// `images` as EC2 shows them, at most so many.
agent::run::Task<References> references_to(agent::run::Step& step,
                                           const std::vector<boost::json::object>& images);

// Whether it may be started by others than its owner: accounts, organizations, everybody. False
// when it is gone.
agent::run::Task<bool> is_shared(agent::run::Step& step, const boost::json::object& image);

}  // namespace actions
