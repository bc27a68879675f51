// Amazon EC2 Auto Scaling (API version 2011-01-01): groups that keep the number of instances they
// are told to, from launch templates, mixed instances policies or launch configurations.
// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/
#pragma once

#include <memory>

#include "tests/local_cloud/ec2.h"
#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud {

class AutoScaling : public Service {
 public:
  // Instances are launched into `ec2`, which tells of every call to it: groups react to what
  // happens there, even if nobody asks them. It must not be called after this is gone.
  AutoScaling(const Settings& settings, Ec2& ec2);
  ~AutoScaling() override;

  json::object call(const Call& call) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace local_cloud
