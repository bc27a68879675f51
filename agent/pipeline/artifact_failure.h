// What is said of an artifact that cannot be read or written.
#pragma once

#include <string>
#include <string_view>

#include "agent/aws/error.h"
#include "agent/base/failure.h"
#include "agent/pipeline/job.h"

namespace agent::pipeline {

base::Failure cannot_read(const Artifact& artifact, std::string_view file, const aws::Error& error);
// RevisionUnavailable; `why` as in archive.h: "is encrypted".
base::Failure no_good(const Artifact& artifact, std::string_view file, std::string_view why);

// The action's work is done by then.
base::Failure cannot_write(const Artifact& artifact, const aws::Error& error);

// Throws when CodePipeline did not say where the artifact is.
void check_place(const Artifact& artifact);

}  // namespace agent::pipeline
