#include "actions/parts/retention.h"

namespace actions {

agent::run::Task<std::vector<std::string>> retire_images(agent::run::Run&, Retention) {
  co_return std::vector<std::string>();
}

}  // namespace actions
