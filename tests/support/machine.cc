#include "tests/support/machine.h"

#include "tests/support/wire_log.h"

namespace support {
namespace {

using agent::aws::Reply;
using agent::aws::Result;

}  // namespace

Machine::Machine(local_cloud::Cloud& cloud, agent::base::TimePoint start)
    : cloud_(cloud),
      clock_(io_, start),
      user_http_(cloud, clock_, user_fate_),
      credentials_(builtin_keys()),
      user_(user_http_, credentials_, {}, clock_, chance_, {}, "user/test") {}

Machine::~Machine() {
  keep_wire_log(cloud_.log());
}

Result<Reply> Machine::try_aws(const std::string& service, const std::string& operation,
                               boost::json::object params, const std::string& region) {
  return try_call({.service = service, .operation = operation, .params = std::move(params)},
                  region);
}

Result<Reply> Machine::try_call(agent::aws::Call call, const std::string& region) {
  return run(user_.call(region, std::move(call)));
}

boost::json::object Machine::aws(const std::string& service, const std::string& operation,
                                 boost::json::object params, const std::string& region) {
  auto reply = try_aws(service, operation, std::move(params), region);
  if (!reply) {
    throw std::runtime_error(operation + ": " + reply.error().code + ": " + reply.error().message);
  }
  return reply->body;
}

Host& Machine::start_agent(const std::filesystem::path& state, AgentPace pace,
                           std::optional<Kill> kill, std::optional<Trouble> trouble) {
  hosts_.push_back(std::make_unique<Host>(cloud_, io_, clock_, state, pace, kill, trouble));
  return *hosts_.back();
}

bool Machine::run_until(const std::function<bool()>& done, agent::base::Duration limit) {
  return clock_.run_dry(done, limit);
}

}  // namespace support
