#include "tests/support/machine.h"

#include <gtest/gtest.h>

#include "actions/catalog.h"
#include "tests/support/wire_log.h"

namespace support {
namespace {

using agent::aws::Keys;
using agent::aws::Reply;
using agent::aws::Result;

// The local cloud's built-in account.
Keys keys() {
  return {.access_key = "AKIAIOSFODNN7EXAMPLE",
          .secret = agent::base::Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
          .session_token = {}};
}

}  // namespace

Machine::Machine(local_cloud::Cloud& cloud, agent::base::TimePoint start)
    : cloud_(cloud),
      clock_(io_, start),
      http_(cloud, clock_),
      user_http_(cloud, clock_),
      credentials_(keys()),
      client_(http_, credentials_, {}, clock_, chance_, {}, "codepipeline-agent/test"),
      user_(user_http_, credentials_, {}, clock_, chance_, {}, "user/test"),
      catalog_(actions::catalog()) {}

Machine::~Machine() {
  keep_wire_log(cloud_.log());
}

Result<Reply> Machine::try_aws(const std::string& service, const std::string& operation,
                               boost::json::object params, const std::string& region) {
  std::optional<Result<Reply>> result;
  boost::asio::co_spawn(
      io_,
      user_.call(region, {.service = service, .operation = operation, .params = std::move(params)}),
      [&](std::exception_ptr escaped, Result<Reply> reply) {
        if (escaped) std::rethrow_exception(escaped);
        result = std::move(reply);
      });
  clock_.run_dry([&] { return result.has_value(); });
  return *result;
}

boost::json::object Machine::aws(const std::string& service, const std::string& operation,
                                 boost::json::object params, const std::string& region) {
  auto reply = try_aws(service, operation, std::move(params), region);
  if (!reply) {
    throw std::runtime_error(operation + ": " + reply.error().code + ": " + reply.error().message);
  }
  return reply->body;
}

void Machine::start_agent(const std::filesystem::path& state, AgentPace pace) {
  state_ = std::make_unique<agent::pipeline::StateFile>(state, io_.get_executor());
  agent::pipeline::AgentSettings settings;
  for (const auto& action : catalog_) {
    settings.queues.push_back({home_region, action.category, action.name, "1"});
  }
  settings.poll.interval = pace.poll_interval;
  settings.work.hold = pace.hold;
  settings.work.wait_interval = pace.wait_interval;
  agent_ = std::make_unique<agent::pipeline::Agent>(io_.get_executor(), client_, clock_, chance_,
                                                    *state_, catalog_, settings);
  boost::asio::co_spawn(io_, agent_->run(), [this](std::exception_ptr escaped) {
    if (escaped) std::rethrow_exception(escaped);
    ended_ = true;
  });
}

bool Machine::run_until(const std::function<bool()>& done, agent::base::Duration limit) {
  clock_.run_dry([&] { return http_.killed() || done(); }, limit);
  return !http_.killed() && done();
}

}  // namespace support
