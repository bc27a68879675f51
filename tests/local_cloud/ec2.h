// Amazon EC2 (API version 2016-11-15): instances, images, snapshots, volumes, launch templates,
// tags, and a default VPC to put things into. One world per account and region.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud {

namespace ec2 {
struct World;
}

class Ec2 : public Service {
 public:
  // Settings may change while it runs.
  explicit Ec2(const Settings& settings);
  ~Ec2() override;

  json::object call(const Call& call) override;

  // The next image that is created becomes failed, with this as its reason. May be called several
  // times for several images.
  void fail_next_image(const std::string& reason);

  // For services that act on instances by themselves.
  ec2::World& world() { return *world_; }
  // Called before and after every operation, with its account, region and time.
  void when_called(std::function<void(const Call&)> listener) { listener_ = std::move(listener); }

 private:
  std::unique_ptr<ec2::World> world_;
  std::function<void(const Call&)> listener_;
};

}  // namespace local_cloud
