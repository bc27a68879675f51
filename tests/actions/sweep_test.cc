// Every action under fire: killed at everything that it does, robbed of answers, troubled. A later
// action joins by a line in cases().
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "agent/base/text.h"
#include "tests/actions/create_image_cases.h"
#include "tests/actions/release_cases.h"

namespace actions {
namespace {

using namespace std::chrono_literals;
using agent::base::cat;
using support::Case;
using support::Plan;
using Effect = local_cloud::Fault::Effect;

constexpr const char* one_of_everything = "one of everything, right outputs, nothing left over";

std::vector<Case> cases() {
  auto all = create_image_cases();
  const auto more = release_cases();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// Each case in some ways and each way in some cases, unless everything is tried: the first case in
// all of them.
bool is_tried(const std::string& the_case, std::size_t way, std::size_t ways) {
  if (support::tries_everything()) return true;
  const auto all = cases();
  const auto number = std::ranges::find(all, the_case, &Case::name) - all.begin();
  return number == 0 || (static_cast<std::size_t>(number) + way) % (ways / 2) == 0;
}

struct Way {
  std::size_t number;
  std::string name;
  Plan plan;
};

std::vector<Way> ways() {
  using enum Plan::Who;
  return {{0, "held", {.pace = {.hold = 1h}}},
          {1, "handed back", {.pace = {.hold = 0s}}},
          {2, "another host goes on, held", {.who = another_host, .pace = {.hold = 1h}}},
          {3, "another host goes on, handed back", {.who = another_host, .pace = {.hold = 0s}}},
          {4, "two hosts race, held", {.who = two_hosts, .pace = {.hold = 1h}}},
          {5, "two hosts race, handed back", {.who = two_hosts, .pace = {.hold = 0s}}}};
}

std::string identifier(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return text;
}

class KillSweep : public ::testing::TestWithParam<std::tuple<Case, Way>> {
 protected:
  void SetUp() override {
    if (!is_tried(the_case().name, way().number, ways().size())) GTEST_SKIP() << "AGENT_FIRE=all";
  }
  const Case& the_case() const { return std::get<0>(GetParam()); }
  const Way& way() const { return std::get<1>(GetParam()); }
  std::string name() const { return cat(the_case().name, ", ", way().name); }
};

TEST_P(KillSweep, Killed_anywhere_there_is_one_of_everything) {
  const auto sweep = kill_everywhere(the_case(), way().plan, 30);
  report("kill -9", name(), one_of_everything, sweep);
  EXPECT_GE(sweep.tried, 25U);
}

TEST_P(KillSweep, Killed_twice_there_is_one_of_everything) {
  const auto sweep = kill_twice(the_case(), way().plan, 6);
  report("kill -9", name() + ", twice", one_of_everything, sweep);
  EXPECT_GE(sweep.tried, 4U);
}

INSTANTIATE_TEST_SUITE_P(
    All, KillSweep, ::testing::Combine(::testing::ValuesIn(cases()), ::testing::ValuesIn(ways())),
    [](const auto& info) {
      return identifier(std::get<0>(info.param).name + "__" + std::get<1>(info.param).name);
    });

// What can go wrong with one exchange. (What a socket is needed for is tried with the real
// program.)
struct Wrong {
  std::string name;
  decltype(support::Trouble::what) what;
};

std::vector<Wrong> lost_answers();
std::vector<Wrong> faults();

Wrong fault(std::string name, Effect effect, bool takes_effect, int status = 0) {
  return {std::move(name),
          local_cloud::Fault{.effect = effect, .takes_effect = takes_effect, .status = status}};
}

std::vector<Wrong> lost_answers() {
  return {fault("reset after it took effect", Effect::reset_after, true),
          fault("truncated", Effect::truncate, true),
          fault("500 although it took effect", Effect::error, true, 500),
          fault("503 although it took effect", Effect::error, true, 503),
          fault("garbage", Effect::garbage, true),
          fault("empty", Effect::empty, true),
          fault("a proxy's page with status 502", Effect::html, true),
          fault("a proxy's page with status 200", Effect::html, true, 200)};
}

std::vector<Wrong> faults() {
  using agent::http::Broken;
  return {fault("throttled", Effect::throttle, false),
          fault("500", Effect::error, false, 500),
          fault("503", Effect::error, false, 503),
          fault("expired token", Effect::expired_token, false),
          fault("a proxy's page, not carried out", Effect::html, false),
          fault("reset before it took effect", Effect::reset_before, false),
          {"cannot connect", Broken{Broken::Stage::before_sending, "Could not resolve host"}},
          {"slow by 50 s", local_cloud::Fault{.latency = 50s}}};
}

class TroubleSweep : public ::testing::TestWithParam<std::tuple<Case, Wrong>> {
 protected:
  void SetUp() override {
    auto all = lost_answers();
    const auto more = faults();
    all.insert(all.end(), more.begin(), more.end());
    const auto& [the_case, wrong] = GetParam();
    const auto number = std::ranges::find(all, wrong.name, &Wrong::name) - all.begin();
    if (!is_tried(the_case.name, static_cast<std::size_t>(number), 8)) {
      GTEST_SKIP() << "AGENT_FIRE=all";
    }
  }
  void sweep(const std::string& table, std::size_t times, agent::base::Duration hold,
             const std::string& how) {
    const auto& [the_case, wrong] = GetParam();
    const auto result =
        trouble_everywhere(the_case, {.pace = {.hold = hold}}, wrong.what, times, 7);
    report(table, cat(the_case.name, ", ", wrong.name, how), one_of_everything, result);
    EXPECT_GE(result.tried, 7U);
  }
};

class LostAnswers : public TroubleSweep {};

TEST_P(LostAnswers, Once_at_any_request_there_is_one_of_everything) {
  sweep("lost answers", 1, 1h, "");
}

TEST_P(LostAnswers, Six_in_a_row_there_is_one_of_everything) {
  sweep("lost answers", 6, 1h, ", six in a row");
}

TEST_P(LostAnswers, While_it_is_handed_back_there_is_one_of_everything) {
  sweep("lost answers", 2, 0s, ", two in a row, handed back");
}

class Faults : public TroubleSweep {};

TEST_P(Faults, Once_at_any_request_there_is_one_of_everything) {
  sweep("faults", 1, 1h, "");
}

TEST_P(Faults, Six_in_a_row_there_is_one_of_everything) {
  sweep("faults", 6, 1h, ", six in a row");
}

TEST_P(Faults, While_it_is_handed_back_there_is_one_of_everything) {
  sweep("faults", 2, 0s, ", two in a row, handed back");
}

const auto name_of = [](const auto& info) {
  return identifier(std::get<0>(info.param).name + "__" + std::get<1>(info.param).name);
};

INSTANTIATE_TEST_SUITE_P(All, LostAnswers,
                         ::testing::Combine(::testing::ValuesIn(cases()),
                                            ::testing::ValuesIn(lost_answers())),
                         name_of);
INSTANTIATE_TEST_SUITE_P(All, Faults,
                         ::testing::Combine(::testing::ValuesIn(cases()),
                                            ::testing::ValuesIn(faults())),
                         name_of);

}  // namespace
}  // namespace actions
