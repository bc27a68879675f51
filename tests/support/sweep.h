// Executions under fire: an agent is killed, or troubled, at everything that it does, and the
// execution must still end with exactly one of everything. An action joins by giving a Case.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/scene.h"

namespace support {

// An action in a scene, and what is right in the end.
struct Case {
  std::string name;
  std::function<void(Scene&)> set_up;
  std::function<void(Scene&)> check;  // adds a gtest failure when something is not right
};

struct Plan {
  enum class Who {
    same_host,     // the killed agent is started again
    another_host,  // first one with an empty state directory goes on, the killed one returns later
    two_hosts,     // both work on the queue all along; the first is killed and started again
  };
  Who who = Who::same_host;
  AgentPace pace = {};
  std::vector<Kill> kills = {};  // of the first host's lives, one after the other
  std::optional<Trouble> trouble = {};
};

struct Sweep {
  std::size_t tried = 0;
  std::size_t largest_token = 0;  // characters, of those handed back
};

// When AGENT_FIRE=all is in the environment.
bool tries_everything();

// All is tried when tries_everything(), else about `most` points, evenly spread.
// Stops at the first failure.
Sweep kill_everywhere(const Case& the_case, Plan plan, std::size_t most);
// A second time, at something that the restarted agent does.
Sweep kill_twice(const Case& the_case, Plan plan, std::size_t most);
// The same trouble at each request in turn. `times` requests in a row have it.
Sweep trouble_everywhere(const Case& the_case, Plan plan, const decltype(Trouble::what)& what,
                         std::size_t times, std::size_t most);

// One line of the tables that `tests/run --fire` prints.
void report(const std::string& table, const std::string& name, const std::string& expected,
            const Sweep& sweep);

}  // namespace support
