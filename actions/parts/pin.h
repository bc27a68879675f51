// While a group is rolled it must not follow $Latest or $Default: what it launches by itself would
// start from a version that nobody has tried, and Auto Scaling could not roll back. So such symbols
// are held at the number that they stand for, and restored afterwards.
//
// What a group followed is written down in tags of the group, so that it is found again whatever
// becomes of the execution: "codepipeline-agent:follows:lt-…" = "$Latest/3".
#pragma once

#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/run/operation.h"

namespace actions {

struct Pin {
  std::string launch_template;  // lt-…
  std::string symbol;           // $Latest or $Default
  std::string number;           // that it stood for
};
BOOST_DESCRIBE_STRUCT(Pin, (), (launch_template, symbol, number))

// What the group's tags say of the template.
std::optional<Pin> pin_of(const boost::json::object& group, const std::string& launch_template);

// Pins every symbol, in the mixed instances policy where there is one. Those that are pinned
// already are among the result.
struct PinGroup {
  static constexpr std::string_view name = "PinGroup";
  std::string group;
  std::string launch_template;  // the one that is given a new version
  std::string version;          // the number that the group runs

  bool irreversible() const { return true; }
  agent::run::Task<std::vector<Pin>> perform(agent::run::Step& step) const;
};

// After success: every symbol that stands for what the group runs now. Returns, in a sentence, what
// stays pinned; "" when nothing does.
struct RestoreSymbols {
  static constexpr std::string_view name = "RestoreSymbols";
  std::string group;
  std::vector<Pin> pins;
  std::string launch_template;
  std::string version;  // of that template, rolled out

  agent::run::Task<std::string> perform(agent::run::Step& step) const;
};

// After a failure: every symbol that stands for what the group runs then, the number that it stood
// for before, or the version that was `rolled` out already. What stays pinned is a Failure.
struct UnpinGroup {
  static constexpr std::string_view name = "UnpinGroup";
  std::string group;
  std::string launch_template = {};
  std::string before = {};  // the number that it ran
  std::string rolled = {};  // "" = it is as before

  std::string resource() const;
  agent::run::Task<> perform(agent::run::Step& step) const;
};

}  // namespace actions
