#include "tests/support/wire_log.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace support {

void keep_wire_log(const local_cloud::RequestLog& log) {
  const char* const folder = std::getenv("AGENT_WIRE_LOGS");
  if (folder == nullptr) return;
  boost::json::array requests;
  for (const auto& exchange : log.entries()) requests.push_back(as_json(exchange));
  auto path = std::string(folder) + "/memory-XXXXXX.json";
  const int file = ::mkstemps(path.data(), 5);
  if (file < 0) throw std::runtime_error("cannot write " + path);
  ::close(file);
  std::ofstream(path) << boost::json::object{{"requests", std::move(requests)}};
}

}  // namespace support
