// AWS as a function: for tests of what stands above the client.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/aws/client.h"

namespace support {

class ScriptedCaller final : public agent::aws::Caller {
 public:
  using Answer = std::function<agent::aws::Result<agent::aws::Reply>(const agent::aws::Call&)>;

  explicit ScriptedCaller(Answer answer) : answer_(std::move(answer)) {}

  agent::base::Task<agent::aws::Result<agent::aws::Reply>> call(std::string region,
                                                                agent::aws::Call call) override {
    regions.push_back(region);
    calls.push_back(call.operation);
    co_return answer_(call);
  }

  // Whose keys sign does not matter here.
  std::unique_ptr<agent::aws::Caller> with(agent::aws::Credentials&) override {
    struct Same final : Caller {
      explicit Same(Caller& caller) : caller(caller) {}
      agent::base::Task<agent::aws::Result<agent::aws::Reply>> call(
          std::string region, agent::aws::Call call) override {
        return caller.call(std::move(region), std::move(call));
      }
      std::unique_ptr<Caller> with(agent::aws::Credentials& keys) override {
        return caller.with(keys);
      }
      Caller& caller;
    };
    return std::make_unique<Same>(*this);
  }

  std::vector<std::string> calls;
  std::vector<std::string> regions;

 private:
  Answer answer_;
};

inline agent::aws::Reply reply(boost::json::object body) {
  return {.body = std::move(body)};
}

inline std::unexpected<agent::aws::Error> error(agent::aws::ErrorClass kind, std::string code) {
  return std::unexpected(agent::aws::Error{.kind = kind,
                                           .code = std::move(code),
                                           .message = "as scripted",
                                           .status = 400,
                                           .service = "ec2",
                                           .operation = "Op"});
}

}  // namespace support
