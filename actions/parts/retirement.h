// Old images and what belongs to them, removed: template versions, images, snapshots.
#pragma once

#include <boost/describe.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "agent/run/operation.h"

namespace actions {

// Whether AWS shows this action's tags on it, of whatever execution, and the group's.
bool is_of_this_action(const agent::run::Key& key, const std::string& group,
                       const boost::json::object& resource);

struct Retiree {
  std::string image;
  std::vector<std::string> snapshots;  // known no more once the image is gone
};
BOOST_DESCRIBE_STRUCT(Retiree, (), (image, snapshots))

// Of each image: the template versions that this action made from it and that nothing uses; when
// then nothing names the image any more, the image; when that is gone, its snapshots, except what
// other images use. In batches, each of which is looked at right before it is removed. Returns the
// ids of the images that are gone.
//
// Launch templates, groups and instance refreshes are read once for each batch, a call for each
// template and each group; an image that can go is asked for its launch permissions.
struct RetireImages {
  static constexpr std::string_view name = "RetireImages";
  static constexpr std::chrono::hours patience{6};  // EC2 lets so many requests wait their turn
  std::string group;
  std::vector<Retiree> retirees;

  bool irreversible() const { return true; }
  agent::run::Task<std::vector<std::string>> perform(agent::run::Step& step) const;
};

}  // namespace actions
