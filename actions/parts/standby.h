// An instance's way out of service and back, so that it can be restarted while it is imaged without
// its group or its load balancer taking that for a fault.
//
// Source: Amazon EC2 Auto Scaling User Guide, "Temporarily remove instances from your Auto Scaling
// group"; API Reference, EnterStandby and ExitStandby.
//
// While it is out, the instance carries the execution's tags and "codepipeline-agent:standby", so
// that it is found and put back whatever becomes of this execution's journal.
#pragma once

#include <boost/describe.hpp>
#include <string>

#include "agent/run/run.h"

namespace actions {

// How the group keeps its size meanwhile.
struct StandbyPlan {
  bool replaced = false;     // the group is at its minimum: it starts another instance
  std::int64_t desired = 0;  // capacity before
};
BOOST_DESCRIBE_STRUCT(StandbyPlan, (), (replaced, desired))

// A decision, or what an earlier try has decided. ConfigurationError when there is no room for a
// replacement.
struct PlanStandby {
  static constexpr std::string_view name = "PlanStandby";
  std::string group;
  std::string instance;
  bool imaged = false;  // before: it need not leave service any more

  agent::run::Task<StandbyPlan> perform(agent::run::Step& step) const;
};

// Until it is out of service, its connections drained.
agent::run::Task<> enter_standby(agent::run::Run& run, const std::string& group,
                                 const std::string& instance, const StandbyPlan& plan);

// The instance is as it was before it was imaged: EC2 has taken its snapshots, restarted it, and
// its status checks pass.
struct RunningAgain {
  static constexpr std::string_view name = "RunningAgain";
  std::string instance;
  std::string image;

  agent::run::Task<agent::run::Look> look(agent::run::Step& step) const;
};

// Back into service, and the group back to its size. Owed before the instance leaves; done when it
// is gone, or back already.
struct LeaveStandby {
  std::string group;
  std::string instance;
  StandbyPlan plan;

  std::string resource() const;
  agent::run::Task<> carry_out(agent::run::Run& run) const;
};

}  // namespace actions
