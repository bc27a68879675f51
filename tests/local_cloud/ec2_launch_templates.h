// Launch templates, for those who launch from them.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/launch-templates.html
#pragma once

#include "tests/local_cloud/ec2_world.h"

namespace local_cloud::ec2 {

// The template that LaunchTemplateId or LaunchTemplateName of `params` names. Throws when both or
// none is given, and the documented codes of what is malformed or unknown.
LaunchTemplate& template_of(Region& region, const json::object& params);
LaunchTemplate* named(Region& region, std::string_view id, std::string_view name);

// "$Latest", "$Default", "" (the default one) or a number. Throws VersionNotFound.
const TemplateVersion& version_of(const LaunchTemplate& of, std::string_view version);
ApiError version_not_found(const LaunchTemplate& of, std::string_view version);

json::object show(const LaunchTemplate& of, const TemplateVersion& version);

std::string caller_arn(const Call& call);

// What a request gives as LaunchTemplateData. Throws when its image is a reference that cannot be
// resolved (ec2_image_references.h).
json::object given_data(const Region& region, const Call& call);

// {"warning": {"errorSet": ...}} when the data names an image, snapshot, key pair or security group
// that is not there; nothing is refused for it.
void warn(Region& region, const json::object& data, Time now, json::object& answer);

}  // namespace local_cloud::ec2
