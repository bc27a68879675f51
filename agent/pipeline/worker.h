// Holds jobs: claims what the pollers were offered, runs each as one coroutine, and reports each
// exactly once. At the start it goes on with what the state file says was held before.
//
// Bookkeeping happens on the coroutines' way, never in destructors: a program may end, or a test
// may kill, with coroutines asleep.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "agent/aws/client.h"
#include "agent/base/clock.h"
#include "agent/base/event.h"
#include "agent/pipeline/job_service.h"
#include "agent/pipeline/state_file.h"
#include "agent/run/action.h"

namespace agent::pipeline {

struct WorkSettings {
  std::size_t max_jobs = 1'000;
  base::Duration hold{20'000};
  base::Duration wait_interval{15'000};
};

class Worker {
 public:
  struct Offer {
    Queue queue;
    Job job;
    base::TimePoint offered;
  };

  Worker(boost::asio::any_io_executor executor, aws::Caller& caller, base::Clock& clock,
         base::Chance& chance, StateFile& state, std::span<const run::Action> catalog,
         WorkSettings settings);

  // Goes on with every job of the state file.
  void resume();

  // Slots are reserved before polling, so that nothing is claimed that cannot start now.
  std::size_t reserve(std::size_t most);
  void release(std::size_t slots) { reserved_ -= slots; }

  // Each offer uses a reserved slot until its job is done with.
  base::Task<> take(std::vector<Offer> offers);

  // Park everything at the next chance; results that cannot be reported soon stay in the state
  // file.
  void leave() { leaving_.set(); }
  bool is_leaving() const { return leaving_.is_set(); }

  std::size_t held() const { return held_; }
  std::size_t final_results() const { return final_results_; }
  // Jobs that were handed back and have not been offered here again. One that another agent has
  // taken is forgotten after a while.
  std::size_t outstanding(const Queue& queue);
  std::size_t outstanding();
  base::TimePoint last_change() const { return last_change_; }

 private:
  void start(HeldJob held, std::optional<Job> job);
  base::Task<> work(HeldJob held, std::optional<Job> job);
  base::Task<std::optional<Result>> result_of(HeldJob& held, std::optional<Job>& job);
  base::Task<std::optional<Job>> details(const HeldJob& held);
  base::Task<std::optional<Result>> perform(const HeldJob& held, const Job& job);
  base::Task<> make_durable();
  void reported(const HeldJob& held, const Result& result, JobService::Report answer);
  base::Task<> clean_up(std::string id, std::optional<Job> job);
  void count(const HeldJob& held, const Result& result);

  bool is_left_to_a_newer_agent(const Job& job);
  base::Duration hold() const;

  boost::asio::any_io_executor executor_;
  aws::Caller& caller_;
  base::Clock& clock_;
  base::Chance& chance_;
  StateFile& state_;
  std::span<const run::Action> catalog_;
  WorkSettings settings_;
  run::Pace pace_;
  base::Event leaving_;
  JobService service_;

  std::size_t reserved_ = 0;
  std::size_t held_ = 0;
  std::size_t final_results_ = 0;
  base::TimePoint last_change_;
  struct HandedBack {
    Queue queue;
    base::TimePoint when;
  };
  std::map<std::string, HandedBack> outstanding_;       // by execution identity
  std::map<std::string, base::Duration> newer_tokens_;  // since when seen (steady), by job
};

}  // namespace agent::pipeline
