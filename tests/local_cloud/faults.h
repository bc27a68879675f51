// What goes wrong on purpose: rules that pick exchanges and say what happens to them.
//
// Rules are asked in order. One that matches an exchange counts it: the first `skip` it lets pass,
// then it applies `times` times (without: always), each time with `probability`. The first rule
// that applies decides; later ones do not see the exchange. A rule that says `after` the id of
// another one sees nothing before that one has applied.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

struct Fault {
  enum class Effect {
    none,           // latency or drip alone
    throttle,       // refused as the service words it
    error,          // status, code, message (status alone: the service's own 500 or 503)
    expired_token,  // refused as the service words it
    html,           // a proxy's page, 502 unless `status` says otherwise
    empty,          // the status, no body
    garbage,        // the status, `body` or some bytes that are no format
    wrong_length,   // Content-Length says less than is sent
    truncate,       // half of the body, then the connection ends
    reset_before,   // reset, not carried out
    reset_after,    // carried out, then reset
  };
  std::string rule;  // id of the rule that it is of
  Effect effect = Effect::none;
  bool takes_effect = true;  // whether the operation is carried out
  int status = 0;
  std::string code;
  std::string message;
  std::string body;
  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds drip{0};

  // Whether the answer is of the fault's making, whatever the service said.
  bool replaces_answer() const {
    return effect == Effect::throttle || effect == Effect::error ||
           effect == Effect::expired_token || effect == Effect::html;
  }
};

struct FaultRule {
  std::string id;
  // Each "" or a pattern with * and ?.
  std::string service;
  std::string operation;
  std::string account;
  std::string region;
  std::string after;
  std::int64_t skip = 0;
  std::optional<std::int64_t> times;
  double probability = 1;
  std::uint64_t seed = 1;
  Fault fault;

  std::int64_t seen = 0;     // exchanges that matched
  std::int64_t applied = 0;  // times that it happened
};

// The JSON of the control interface (control.h); a sentence when it is wrong.
std::expected<FaultRule, std::string> read_rule(const json::object& text);

std::string_view name(Fault::Effect effect);

class Faults {
 public:
  void add(FaultRule rule);
  bool remove(std::string_view id);
  void clear() { rules_.clear(); }
  const std::vector<FaultRule>& rules() const { return rules_; }

  std::optional<Fault> next(std::string_view service, std::string_view operation,
                            std::string_view account, std::string_view region);

 private:
  bool has_applied(std::string_view id) const;

  std::vector<FaultRule> rules_;
  std::uint64_t named_ = 0;
};

}  // namespace local_cloud
