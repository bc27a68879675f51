// Polls one queue for jobs, as often as it is worth: at once after a full batch, soon while jobs
// that were handed back are due to come again, else after a random part of the poll interval; less
// and less often while the service refuses or cannot be reached.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/pipeline/worker.h"

namespace agent::pipeline {

struct PollSettings {
  base::Duration interval{15'000};
  bool may_be_unregistered = true;  // the action type was not asked for by name
};

class Poller {
 public:
  Poller(Queue queue, aws::Caller& caller, base::Clock& clock, base::Chance& chance, Worker& worker,
         PollSettings settings);

  // Until `leaving` is set: then nothing more is asked, not even a poll that failed again. Jobs of
  // one that is under way are nobody's and are offered again.
  base::Task<> run(base::Event& leaving);

  const Queue& queue() const { return queue_; }
  // When CodePipeline last answered, and when it last offered something.
  std::optional<base::TimePoint> last_answer() const { return last_answer_; }
  std::optional<base::TimePoint> last_offer() const { return last_offer_; }

 private:
  base::Task<base::Duration> poll(base::Event& leaving);  // returns how long to wait at most
  base::Task<> ask(int most, std::optional<aws::Result<aws::Reply>>& answer,
                   std::exception_ptr& escaped);
  base::Duration after(const aws::Error& error);
  std::vector<Worker::Offer> offers(const aws::Reply& reply, base::TimePoint sent) const;

  Queue queue_;
  aws::Caller& caller_;
  base::Clock& clock_;
  base::Chance& chance_;
  Worker& worker_;
  PollSettings settings_;
  base::Duration back_off_{0};
  std::optional<std::string> last_error_;  // its code, as logged last: the same again is no news
  std::optional<base::TimePoint> last_answer_;
  std::optional<base::TimePoint> last_offer_;
};

}  // namespace agent::pipeline
