// The run that a recipe is given. It remembers what is already done, so that the same recipe, run
// from its beginning again after a crash, a hand-back or on another host, goes on where it was.
//
//   co_await run(op)         once in the life of the execution: a known fact is returned without a
//                            call, else the operation is carried out and its result recorded
//   co_await run.until(c)    waits; a wait longer than the hold ends in Parked, and the job is
//                            handed back with the journal as its continuation token
//   run.finally(op)          owed whatever happens: done when the recipe ends, in reverse order
//   run.on_failure(op)       owed if the recipe fails
//   co_await run.settle(op)  what is owed, done now
//   run.keep()               what is owed on failure so far is in use now, and owed no longer
//   run.in(region)           the same run, working in another region
//   co_await run.all(tasks)  several branches at once, each with a run of its own from run.in()
//   co_await run.make_durable()
//                            the facts so far survive a loss of power: called before what they
//                            were decided from is removed
//   run.say(...)             for the console
//
// A recipe sees its run, its settings and its facts only, so that it always takes the same way. It
// lets every exception pass.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "agent/run/context.h"
#include "agent/run/operation.h"

namespace agent::run {

// Facts beside a step's own: since when it is waited for, that a create may have taken effect, that
// AWS has shown what the step is about.
std::string since_fact(const std::string& step);
std::string sent_fact(const std::string& step);
std::string seen_fact(const std::string& step);

// The job rests here: hand it back or hold it, but do not go on. Not an error.
struct Parked {};

// CodePipeline has started the action again: what was made belongs to that attempt, and there is
// nothing left to undo.
struct Superseded {};

// The recipe was entered only to learn what it owes, and that is known now.
struct Collected {};

class Run {
 public:
  enum class Mode {
    forward,     // carry out
    collecting,  // after the verdict: facts are passed through, nothing new is begun
    paying,      // what is owed
  };

  Run(Context& context, std::string region, Mode mode = Mode::forward);

  template <Operation Op>
  Task<ResultOf<Op>> operator()(Op op);
  template <Condition C>
  Task<> until(C condition);

  template <Undo Op>
  void finally(Op op) {
    owe(false, std::move(op));
  }
  template <Undo Op>
  void on_failure(Op op) {
    owe(true, std::move(op));
  }
  template <Undo Op>
  Task<> settle(Op op);
  void keep();

  // Facts, tokens and messages of the returned run carry the region's name.
  Run in(std::string region) const;

  // Until every branch has ended or rests. No request is cut off half-way: when one fails, the
  // others end where they would rest or begin their next step. The first failure is thrown; the job
  // parks only when all branches rest.
  Task<> all(std::vector<Task<>> branches);

  Task<> make_durable() const;

  void say(std::string summary, std::optional<int> percent = std::nullopt);
  void external_execution_id(std::string id);

  const Execution& execution() const { return context_->execution; }
  const std::string& region() const { return region_; }
  base::TimePoint started() const { return context_->journal.started(); }

  // What the recipe owes, for drive.cc, which carries it out. It stands for more than one pass.
  struct Owed {
    bool on_failure_only;
    std::string resource;
    std::function<Task<>(Run)> carry_out;
  };
  const std::vector<Owed>& owed() const { return shared_->owed; }
  void pay() { shared_->mode = Mode::paying; }  // what is owed is carried out from now on
  const std::string& current_step() const { return shared_->step; }

 private:
  friend class Step;

  // Common to a run and those that in() made of it.
  struct Shared {
    Mode mode;
    std::vector<Owed> owed = {};
    std::set<std::string> taken = {};
    std::string step = {};                  // where the recipe is
    std::map<std::string, Progress> parts;  // of branches, by prefix
    bool broken = false;                    // a branch has failed: the others are to end
  };

  // A wait, whatever for.
  struct Wait {
    std::string step;
    base::TimePoint since;      // survives crashes and hand-backs once there was a rest
    base::Duration before;      // waited when this process took it up
    base::Duration held_since;  // on the steady clock, in this process
    base::Duration interval;
  };

  template <Undo Op>
  void owe(bool on_failure_only, Op op);
  template <Operation Op>
  Task<ResultOf<Op>> carry_out(const Op& op, Step& step, Wait& wait);
  template <Creation Op>
  Task<ResultOf<Op>> create(const Op& op, Step& step, Wait& wait);
  template <class T>
  T decoded(const std::string& step, const boost::json::value& fact) const;

  bool collecting() const { return shared_->mode == Mode::collecting; }
  std::string enter(std::string_view name) const;  // the step's name
  const boost::json::value* known(const std::string& step) const;
  void begin(const std::string& step, bool creates);  // throws when it may not be begun now
  Task<> stop_unless_wanted(bool irreversible, const Wait& wait) const;
  base::Duration waited(const Wait& wait) const;
  void record(const std::string& step, boost::json::value value);
  void note_sent(const std::string& step, bool sent);  // a create that may have taken effect
  [[noreturn]] void damaged(const std::string& step) const;
  Key key(const std::string& step) const;

  Wait begin_wait(const std::string& step) const;
  Task<> rest(Wait& wait, const std::string& what);
  // Throws it when it is not worth another try, or when `patience` is over.
  Task<> rest_after(const base::Failure& failure, Wait& wait, base::Duration patience);
  Task<> rest_while_invisible(Wait& wait, const Error& conflict);
  Task<> rest_while_it_may_appear(Wait& wait);
  void check_deadline(const std::string& what) const;
  base::Duration undo_limit(base::TimePoint undoing) const;
  bool may_park() const;
  Task<> branch(Task<> task);

  Context* context_;
  std::string region_;
  std::string prefix_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace agent::run

#include "agent/run/run_impl.h"
