// The credentials that CodePipeline gives a job for its artifacts: a session of the pipeline's
// side, which lives 15 min. Those of a poll may be old by the time they are needed, so they are
// asked for anew by GetJobDetails.
//
// Source: API reference of GetJobDetails; that they live 15 min and are to be renewed so is what
// AWS's own Jenkins plugin (aws-codepipeline-plugin-for-jenkins) does. No expiry comes with them.
#pragma once

#include <string>

#include "agent/aws/client.h"
#include "agent/aws/credentials_cached.h"
#include "agent/base/clock.h"

namespace agent::pipeline {

// Error::code when CodePipeline gave none.
inline constexpr std::string_view no_artifact_credentials = "NoArtifactCredentials";

// Asks each time; CachedCredentials keeps what it says.
class ArtifactKeys final : public aws::Credentials {
 public:
  // `caller` with the agent's own credentials.
  ArtifactKeys(aws::Caller& caller, base::Clock& clock, std::string region, std::string job)
      : caller_(caller), clock_(clock), region_(std::move(region)), job_(std::move(job)) {}

  base::Task<aws::Result<aws::Keys>> get() override;

  static constexpr base::Duration life = std::chrono::minutes(15);
  static constexpr aws::Renewed renewed{.may = std::chrono::minutes(3),
                                        .must = std::chrono::minutes(1)};

 private:
  aws::Caller& caller_;
  base::Clock& clock_;
  std::string region_;
  std::string job_;
};

}  // namespace agent::pipeline
