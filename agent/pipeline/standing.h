// Whether CodePipeline still waits for an action. Nobody tells a worker that an execution was
// stopped and abandoned: it has to look, before what cannot be taken back and before it removes
// what a newer attempt of the same action may have found and gone on with.
//
// Source: API reference of ListActionExecutions; user guide, "Stop a pipeline execution".
#pragma once

#include "agent/aws/client.h"
#include "agent/base/task.h"
#include "agent/pipeline/job.h"
#include "agent/run/context.h"

namespace agent::pipeline {

// `wanted` when the agent may not look (codepipeline:ListActionExecutions) or the action is not
// among those listed: then the work goes on, as it would without looking. Never throws but when
// cancelled.
base::Task<run::Standing> standing(aws::Caller& caller, const Job& job);

// Not a refusal, but that there was no answer this time.
bool may_answer_later(const aws::Error& error);

}  // namespace agent::pipeline
