// Calls AWS: endpoint, signature, protocol, retries, credentials' renewal, clock offset. What is
// above this never sees HTTP.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "agent/aws/call.h"
#include "agent/aws/credentials.h"
#include "agent/aws/endpoint.h"
#include "agent/aws/error.h"
#include "agent/aws/retry.h"
#include "agent/base/clock.h"
#include "agent/base/task.h"
#include "agent/http/http.h"

namespace agent::aws {

class Caller {
 public:
  virtual ~Caller() = default;
  // Sends until there is an answer or the retry rules give up. Never throws for what the network
  // or the service does.
  virtual base::Task<Result<Reply>> call(std::string region, Call call) = 0;
  // One that signs with other keys and shares all else: the network, what is known of the services'
  // clocks, and what retries may cost. `credentials` outlives it.
  virtual std::unique_ptr<Caller> with(Credentials& credentials) = 0;
};

// The Caller over a network. It outlives the calls that are made through it.
class Client final : public Caller {
 public:
  Client(http::Http& http, Credentials& credentials, Endpoints endpoints, base::Clock& clock,
         base::Chance& chance, RetrySettings retry, std::string user_agent)
      : http_(http),
        credentials_(credentials),
        endpoints_(std::move(endpoints)),
        clock_(clock),
        chance_(chance),
        retry_(retry),
        user_agent_(std::move(user_agent)) {}

  base::Task<Result<Reply>> call(std::string region, Call call) override;
  std::unique_ptr<Caller> with(Credentials& credentials) override;

 private:
  // What is known of a service in a region.
  struct Peer {
    RetryQuota quota;
    base::Duration clock_offset{0};  // the service's clock minus ours
  };
  using Peers = std::map<std::pair<std::string, std::string>, Peer>;  // by service and region
  struct Exchange;

  Client(const Client& other, Credentials& credentials)
      : http_(other.http_),
        credentials_(credentials),
        endpoints_(other.endpoints_),
        clock_(other.clock_),
        chance_(other.chance_),
        retry_(other.retry_),
        user_agent_(other.user_agent_),
        peers_(other.peers_) {}

  base::Task<> attempt(Exchange& exchange);
  base::Task<bool> try_again(Exchange& exchange);
  std::string url_of(const Service& service, const std::string& region, const Call& call) const;
  http::Request signed_request(const Exchange& exchange) const;
  void judge(Exchange& exchange, http::Outcome outcome) const;
  bool repair(Exchange& exchange);
  std::string invocation_id();

  http::Http& http_;
  Credentials& credentials_;
  const Endpoints endpoints_;
  base::Clock& clock_;
  base::Chance& chance_;
  const RetrySettings retry_;
  const std::string user_agent_;
  std::shared_ptr<Peers> peers_ = std::make_shared<Peers>();
};

}  // namespace agent::aws
