// AWS Systems Manager's Parameter Store (API version 2014-11-06), for parameters of type String and
// StringList: versions, labels, tags, and the data type aws:ec2:image, whose values are checked
// some time after they were put. One store per account and region. There are no secure strings,
// policies or shared parameters.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-parameter-store.html
#pragma once

#include <memory>

#include "tests/local_cloud/ec2.h"
#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud {

namespace ssm {
struct World;
}

class Ssm : public Service {
 public:
  // Settings may change while it runs. Values that name images are checked against `ec2`, which
  // from now on resolves its resolve:ssm: references here.
  Ssm(const Settings& settings, Ec2& ec2);
  ~Ssm() override;

  json::object call(const Call& call) override;

 private:
  std::unique_ptr<ssm::World> world_;
};

}  // namespace local_cloud
