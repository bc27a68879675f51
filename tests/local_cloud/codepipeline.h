// AWS CodePipeline as pipelines' owners and job workers see it (API version 2015-07-09): custom
// action types, pipelines, executions, the queue of jobs with its traps. What is not known of the
// real service is a switch in Settings. One world per account and region.
#pragma once

#include <memory>

#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/s3.h"
#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud {

class CodePipeline : public Service {
 public:
  // Settings may change while it runs. Jobs' artifact credentials are issued by `accounts`, source
  // artifacts are copied within `s3`.
  CodePipeline(const Settings& settings, Accounts& accounts, S3& s3);
  ~CodePipeline() override;

  json::object call(const Call& call) override;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace local_cloud
