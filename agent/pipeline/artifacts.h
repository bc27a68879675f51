// A job's artifacts in S3: single files are read out of its inputs, its outputs are written, both
// with the credentials that CodePipeline gives the job. Nothing of them touches the disk.
//
// Everything that goes wrong is a base::Failure that names artifact, place and file, with one try
// of the client's (and its retries) behind it: SystemUnavailable when another may help,
// RevisionUnavailable when what is asked for is not there or no good, PermissionError.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/aws/client.h"
#include "agent/aws/credentials_cached.h"
#include "agent/pipeline/archive.h"
#include "agent/pipeline/artifact_keys.h"
#include "agent/pipeline/job.h"

namespace agent::pipeline {

// How much of an artifact is read for one file. A zip tells where the file is; the others are read
// up to it.
struct ReadLimits {
  ArchiveLimits archive = {};
  std::uint64_t fetched = 32 << 20;  // bytes
  std::size_t requests = 200;
};

class Artifacts {
 public:
  // `caller` with the agent's own credentials; it and `job` outlive this.
  Artifacts(aws::Caller& caller, base::Clock& clock, const Job& job);

  base::Task<std::string> read(Artifact from, std::string file, ReadLimits limits = {});
  // A zip of these files, by name. Doing it again changes nothing.
  base::Task<> write(Artifact to, std::map<std::string, std::string> files);

 private:
  base::Task<std::optional<std::string>> read_object(const Artifact& from, const std::string& file,
                                                     const ReadLimits& limits);

  const Job& job_;
  ArtifactKeys source_;
  aws::CachedCredentials keys_;
  std::unique_ptr<aws::Caller> caller_;  // with the job's credentials
};

}  // namespace agent::pipeline
