// The talks with CodePipeline about one job: is it ours, what is it, here is its result. Each is
// repeated until CodePipeline has decided, for hours if need be, or until the agent leaves.
#pragma once

#include <expected>

#include "agent/aws/client.h"
#include "agent/base/clock.h"
#include "agent/base/event.h"
#include "agent/pipeline/job.h"
#include "agent/pipeline/result.h"
#include "agent/pipeline/state_file.h"

namespace agent::pipeline {

class JobService {
 public:
  JobService(aws::Caller& caller, base::Clock& clock, base::Chance& chance, base::Event& leaving)
      : caller_(caller), clock_(clock), chance_(chance), leaving_(leaving) {}

  enum class Claim {
    ours,
    not_ours,  // somebody else's, or over
    unknown,   // leaving before it was clear: the next start asks again
  };
  // `repeated`: an earlier run may have sent it already.
  base::Task<Claim> acknowledge(const HeldJob& held, bool repeated);

  enum class Absent {
    over,     // CodePipeline does not know the job any more
    leaving,  // the next start asks again
  };
  base::Task<std::expected<Job, Absent>> details(const HeldJob& held);

  enum class Report {
    accepted,
    refused,  // whatever is said of it
    over,     // CodePipeline had ended the job before
    leaving,  // the next start reports it
  };
  // `repeated`: an earlier run may have sent it already. A result that CodePipeline does not take
  // is said in other words; then `result` is what was said in the end.
  base::Task<Report> report(const HeldJob& held, Result& result, bool repeated);

  // `unknown` only when leaving.
  base::Task<run::Standing> standing(const Job& job);

 private:
  base::Task<> pause(base::Duration& interval, base::Duration most);

  aws::Caller& caller_;
  base::Clock& clock_;
  base::Chance& chance_;
  base::Event& leaving_;
};

}  // namespace agent::pipeline
