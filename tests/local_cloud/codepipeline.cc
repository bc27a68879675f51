#include "tests/local_cloud/codepipeline.h"

#include "agent/base/text.h"
#include "tests/local_cloud/codepipeline_executions.h"
#include "tests/local_cloud/codepipeline_flow.h"
#include "tests/local_cloud/codepipeline_inputs.h"
#include "tests/local_cloud/codepipeline_jobs.h"
#include "tests/local_cloud/codepipeline_pipelines.h"
#include "tests/local_cloud/codepipeline_state.h"
#include "tests/local_cloud/codepipeline_types.h"
#include "tests/local_cloud/codepipeline_world.h"

namespace local_cloud {
namespace {

using Operation = json::object (*)(codepipeline::World&, const Call&);

std::map<std::string, Operation, std::less<>> operations() {
  using namespace codepipeline;
  return {{"PollForJobs", poll_for_jobs},
          {"AcknowledgeJob", acknowledge_job},
          {"GetJobDetails", get_job_details},
          {"PutJobSuccessResult", put_job_success_result},
          {"PutJobFailureResult", put_job_failure_result},
          {"CreateCustomActionType", create_custom_action_type},
          {"DeleteCustomActionType", delete_custom_action_type},
          {"ListActionTypes", list_action_types},
          {"CreatePipeline", create_pipeline},
          {"GetPipeline", get_pipeline},
          {"UpdatePipeline", update_pipeline},
          {"DeletePipeline", delete_pipeline},
          {"ListPipelines", list_pipelines},
          {"ListTagsForResource", list_tags},
          {"TagResource", tag_resource},
          {"UntagResource", untag_resource},
          {"StartPipelineExecution", start_pipeline_execution},
          {"StopPipelineExecution", stop_pipeline_execution},
          {"RetryStageExecution", retry_stage_execution},
          {"PutApprovalResult", put_approval_result},
          {"EnableStageTransition", enable_stage_transition},
          {"DisableStageTransition", disable_stage_transition},
          {"GetPipelineState", get_pipeline_state},
          {"GetPipelineExecution", get_pipeline_execution},
          {"ListPipelineExecutions", list_pipeline_executions},
          {"ListActionExecutions", list_action_executions}};
}

codepipeline::Inputs inputs() {
  auto all = codepipeline::job_inputs();
  all.merge(codepipeline::action_type_inputs());
  all.merge(codepipeline::pipeline_inputs());
  all.merge(codepipeline::execution_inputs());
  return all;
}

}  // namespace

struct CodePipeline::Parts {
  codepipeline::World& world(const Call& call) {
    auto& world = worlds[{call.account, call.region}];
    if (!world) {
      world =
          std::make_unique<codepipeline::World>(call.account, call.region, settings, accounts, s3);
    }
    return *world;
  }

  const Settings& settings;
  Accounts& accounts;
  S3& s3;
  const std::map<std::string, Operation, std::less<>> operations = local_cloud::operations();
  const codepipeline::Inputs inputs = local_cloud::inputs();
  std::map<std::pair<std::string, std::string>, std::unique_ptr<codepipeline::World>> worlds = {};
};

CodePipeline::CodePipeline(const Settings& settings, Accounts& accounts, S3& s3)
    : parts_(std::make_unique<Parts>(settings, accounts, s3)) {}

CodePipeline::~CodePipeline() = default;

json::object CodePipeline::call(const Call& call) {
  const auto operation = parts_->operations.find(call.operation);
  if (operation == parts_->operations.end()) {
    codepipeline::refuse("UnknownOperationException",
                         agent::base::cat("There is no operation ", call.operation));
  }
  auto understood = call;
  understood.params = codepipeline::checked(*parts_->inputs.at(call.operation), call.params);
  auto& world = parts_->world(call);
  codepipeline::advance(world, call.now);
  return operation->second(world, understood);
}

}  // namespace local_cloud
