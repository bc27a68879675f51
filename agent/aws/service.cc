// Sources: the service models' metadata (endpointPrefix, signingName, apiVersion, protocol,
// targetPrefix, serviceId).
#include "agent/aws/service.h"

#include <algorithm>
#include <array>

namespace agent::aws {
namespace {

constexpr std::array services{
    Service{"codepipeline", "codepipeline", "codepipeline", "2015-07-09", Protocol::json,
            "CodePipeline_20150709", "CODEPIPELINE"},
    Service{"ec2", "ec2", "ec2", "2016-11-15", Protocol::ec2, "", "EC2"},
    Service{"autoscaling", "autoscaling", "autoscaling", "2011-01-01", Protocol::query, "",
            "AUTO_SCALING"},
    Service{"sts", "sts", "sts", "2011-06-15", Protocol::query, "", "STS"},
    Service{"s3", "s3", "s3", "2006-03-01", Protocol::rest_xml, "", "S3"},
    Service{"imagebuilder", "imagebuilder", "imagebuilder", "2019-12-02", Protocol::rest_json, "",
            "IMAGEBUILDER"},
    Service{"ssm", "ssm", "ssm", "2014-11-06", Protocol::json, "AmazonSSM", "SSM"},
    Service{"cloudformation", "cloudformation", "cloudformation", "2010-05-15", Protocol::query, "",
            "CLOUDFORMATION"},
    Service{"ecs", "ecs", "ecs", "2014-11-13", Protocol::json, "AmazonEC2ContainerServiceV20141113",
            "ECS"},
    Service{"elasticloadbalancing", "elasticloadbalancing", "elasticloadbalancing", "2015-12-01",
            Protocol::query, "", "ELASTIC_LOAD_BALANCING_V2"},
    Service{"application-autoscaling", "application-autoscaling", "application-autoscaling",
            "2016-02-06", Protocol::json, "AnyScaleFrontendService", "APPLICATION_AUTO_SCALING"},
};

}  // namespace

const Service* find_service(std::string_view name) {
  const auto found = std::ranges::find(services, name, &Service::name);
  return found == services.end() ? nullptr : &*found;
}

}  // namespace agent::aws
