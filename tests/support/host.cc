#include "tests/support/host.h"

#include <boost/asio/co_spawn.hpp>

#include "actions/catalog.h"
#include "tests/support/fragile_directory.h"

namespace support {

agent::aws::Keys builtin_keys() {
  return {.access_key = "AKIAIOSFODNN7EXAMPLE",
          .secret = agent::base::Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
          .session_token = {}};
}

Host::Host(local_cloud::Cloud& cloud, boost::asio::io_context& io, FakeClock& clock,
           const std::filesystem::path& state, AgentPace pace, std::optional<Kill> kill,
           std::optional<Trouble> trouble)
    : fate_(kill),
      http_(cloud, clock, fate_, trouble),
      credentials_(builtin_keys()),
      client_(http_, credentials_, {}, clock, chance_, {}, "codepipeline-agent/test"),
      catalog_(actions::catalog()),
      state_(std::make_unique<agent::pipeline::StateFile>(
          std::make_unique<FragileDirectory>(state, fate_), io.get_executor())) {
  agent::pipeline::AgentSettings settings;
  for (const auto& action : catalog_) {
    settings.queues.push_back({home_region, action.category, action.name, "1"});
  }
  settings.poll.interval = pace.poll_interval;
  settings.work.hold = pace.hold;
  settings.work.wait_interval = pace.wait_interval;
  agent_ = std::make_unique<agent::pipeline::Agent>(io.get_executor(), client_, clock, chance_,
                                                    *state_, catalog_, settings);
  boost::asio::co_spawn(io, agent_->run(), [this](std::exception_ptr escaped) {
    if (escaped) std::rethrow_exception(escaped);
    ended_ = true;
  });
}

}  // namespace support
