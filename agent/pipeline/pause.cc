#include "agent/pipeline/pause.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace agent::pipeline {

base::Task<> pause(base::Clock& clock, base::Chance& chance, base::Event& leaving,
                   base::Duration& interval, base::Duration most) {
  using namespace boost::asio::experimental::awaitable_operators;
  const auto length =
      std::chrono::duration_cast<base::Duration>(interval * (0.5 + chance.fraction()));
  interval = std::min(interval * 2, most);
  co_await (clock.sleep(length) || leaving.wait());
}

}  // namespace agent::pipeline
