// What the agent must not forget: the jobs that it holds at this moment. Nothing else is on its
// disk; a job leaves it as soon as CodePipeline has accepted its result or hand-back.
//
// Two moments are durable (sync): the claim before AcknowledgeJob, and the result before it is put.
// A checkpoint is a cache and is merely written.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/event.h"
#include "agent/base/task.h"
#include "agent/pipeline/calls.h"
#include "agent/pipeline/result.h"
#include "agent/pipeline/state_directory.h"

namespace agent::pipeline {

struct HeldJob {
  std::string id;
  std::string execution;  // its identity
  Queue queue;
  std::string nonce;
  base::TimePoint offered;
  bool owned = false;            // AcknowledgeJob said InProgress, or it counts as if
  bool ended = false;            // CodePipeline ended it: what is left is to undo
  std::string journal;           // "" before the first checkpoint
  std::optional<Result> result;  // not yet accepted
};

class StateFile {
 public:
  // Reads it. Throws StateError. What is damaged in the file is set aside beside it
  // (state.damaged-…) and told in warnings(); the rest is used.
  StateFile(std::unique_ptr<StateDirectory> directory, boost::asio::any_io_executor executor);

  std::vector<HeldJob> jobs() const;
  bool holds(const std::string& job) const { return jobs_.contains(job); }
  const HeldJob& job(const std::string& id) const { return jobs_.at(id); }
  const std::vector<std::string>& warnings() const { return warnings_; }

  // Tries to mend what a full disk or the like has broken.
  bool is_writable() { return !broken_ || !rewrite(); }

  void claim(const HeldJob& job);
  void own(const std::string& job);
  void checkpoint(const std::string& job, const std::string& journal);
  void report(const std::string& job, const Result& result);
  void end(const std::string& job);  // its result is of no use any more
  void forget(const std::string& job);

  // False when what was written so far could not be made durable (disk full, read-only, …). Syncs
  // of several coroutines are one.
  base::Task<bool> sync();

 private:
  void read();
  bool apply(const boost::json::object& record);
  void note(boost::json::object record);
  std::error_code append(std::string_view line);
  std::error_code rewrite();
  bool sync_now();

  std::unique_ptr<StateDirectory> directory_;
  boost::asio::any_io_executor executor_;
  std::map<std::string, HeldJob> jobs_;
  std::vector<std::string> warnings_;
  std::size_t size_ = 0;
  bool broken_ = false;  // a write failed: the next one starts a new file

  struct Syncing {
    explicit Syncing(const boost::asio::any_io_executor& executor) : done(executor) {}
    base::Event done;
    bool good = false;
  };
  std::shared_ptr<Syncing> syncing_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace agent::pipeline
