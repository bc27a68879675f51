// The region when the configuration names none: AWS_REGION, AWS_DEFAULT_REGION, the profile's
// region, the instance's own.
#pragma once

#include <string>

#include "agent/aws/environment.h"
#include "agent/aws/error.h"
#include "agent/aws/imds.h"
#include "agent/aws/profile_store.h"
#include "agent/base/task.h"

namespace agent::aws {

base::Task<Result<std::string>> find_region(const Environment& environment, ProfileStore& profiles,
                                            Imds& imds);

}  // namespace agent::aws
