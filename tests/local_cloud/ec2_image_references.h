// Images as launches and launch templates may name them: "ami-...", or "resolve:ssm:NAME", with
// ":version" or ":label" behind it, for what a parameter of SSM's Parameter Store says at that
// time. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-launch-template.html
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

bool is_image_reference(std::string_view image);

// The id; what is no reference comes back as it is. Throws SsmInvalidParameter when there is no
// such parameter, or its data type is not aws:ec2:image.
std::string resolved_image(const Region& region, const std::string& image, Time now);

}  // namespace local_cloud::ec2
