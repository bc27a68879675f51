// What a run remembers: facts by step name, when it began, and why it failed if it did. It is a
// cache of what AWS itself could be asked for: losing a fact costs a look, never a second resource.
//
// It travels in CodePipeline's continuation token and lies in the agent's state file meanwhile.
// Both are input that somebody else may have written: reading checks version, execution and shape;
// the type of each fact is checked when a step asks for it.
#pragma once

#include <boost/json.hpp>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/failure.h"

namespace agent::run {

// PutJobSuccessResult takes at most so many characters (botocore: ContinuationToken, max 2048).
inline constexpr std::size_t token_limit = 2'048;

struct Verdict {
  base::FailureType type;
  std::string message;
  std::string step;         // where it happened; "" if between steps
  base::TimePoint undoing;  // since when
};

class Journal {
 public:
  Journal(std::string execution, base::TimePoint started)
      : execution_(std::move(execution)), started_(started) {}

  const boost::json::value* fact(std::string_view step) const;
  void record(std::string_view step, boost::json::value value);
  void forget(std::string_view step);
  bool has_facts() const { return !facts_.empty(); }

  base::TimePoint started() const { return started_; }
  const std::optional<Verdict>& verdict() const { return verdict_; }
  void fail(Verdict verdict) { verdict_ = std::move(verdict); }

  // Times of a host whose clock is ahead, or of somebody's invention, become `now`.
  void clamp(base::TimePoint now);

  std::string to_text() const;   // compact JSON
  std::string to_token() const;  // deflated; may be longer than token_limit

  enum class Unreadable {
    newer,    // written by a newer version of the agent
    foreign,  // of another execution
    damaged,
  };
  using Read = std::expected<Journal, Unreadable>;
  static Read from_text(std::string_view text, std::string_view execution);
  static Read from_token(std::string_view token, std::string_view execution);

 private:
  std::string execution_;
  base::TimePoint started_;
  boost::json::object facts_;
  std::optional<Verdict> verdict_;
};

}  // namespace agent::run
