#include "agent/aws/region.h"

#include "agent/aws/credentials.h"
#include "agent/aws/endpoint.h"
#include "agent/base/text.h"

namespace agent::aws {
namespace {

Result<std::string> checked(std::string region, std::string_view source) {
  if (is_region(region)) return region;
  return std::unexpected(
      Error{.kind = ErrorClass::invalid,
            .code = "InvalidRegion",
            .message = base::cat(source, " is ", base::printable(region),
                                 ", which is not a region's name such as eu-west-1")});
}

}  // namespace

base::Task<Result<std::string>> find_region(const Environment& environment, ProfileStore& profiles,
                                            Imds& imds) {
  for (const auto* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto region = variable(environment, name); !region.empty()) {
      co_return checked(std::move(region), name);
    }
  }
  const auto profile = profiles.profile();
  if (!profile && profile.error().code != no_credentials)
    co_return std::unexpected(profile.error());
  if (profile && profile->contains("region")) {
    co_return checked(profile->at("region"), "the AWS profile's region");
  }
  auto answer = co_await imds.get("/latest/meta-data/placement/region");
  if (!answer) {
    answer.error().message = base::cat(
        "no region: neither AWS_REGION nor a profile names one, and ", answer.error().message);
    co_return std::unexpected(std::move(answer.error()));
  }
  co_return checked(std::string(base::trim(*answer)), "the instance's region");
}

}  // namespace agent::aws
