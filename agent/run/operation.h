// An operation is one step of a recipe: a struct with its name and fields, and how to carry it out.
// Every operation is safe to carry out again: its tokens, names and tags come from its Key, and a
// create looks for what an earlier try made before it makes anything.
//
// Three kinds, by what the struct has:
//   simple    call(key) -> Call and result(reply) -> T
//   creation  also look(step) -> Task<optional<T>>: what an earlier try of this execution made
//   composed  perform(step) -> Task<T>: several calls, for decisions and checks
// T is what the step's fact holds: void, or anything that Boost.JSON converts both ways (strings,
// numbers, lists, structs described with BOOST_DESCRIBE_STRUCT).
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "agent/aws/call.h"
#include "agent/aws/error.h"
#include "agent/base/clock.h"
#include "agent/base/task.h"
#include "agent/run/execution.h"

namespace agent::run {

using aws::Call;
using aws::Error;
using aws::ErrorClass;
using aws::Reply;
using aws::Result;
using base::Task;

// What a step may name things from.
struct Key {
  const Execution& execution;
  std::string step;               // with the prefix of run.in()
  std::string region;             // where the step works
  const std::vector<Tag>& extra;  // the user's own tags
  base::TimePoint started;        // of the first claim

  // A client token: 32 hex digits, the same for the same step and parameters of the same execution.
  std::string token(const boost::json::object& params) const;
  // The execution's tags and the user's.
  std::vector<Tag> tags() const;
};

class Run;

// What an operation works with while it is carried out.
class Step {
 public:
  // `waited`: before this process went on with the step, which was at `began` on the steady clock.
  Step(Run& run, const Key& key, base::Duration waited, base::Duration began)
      : run_(run), key_(key), region_(key.region), waited_(waited), began_(began) {}

  const Key& key() const { return key_; }
  // How long the step has been tried or waited for, through crashes and hand-backs. For what AWS
  // does not show: it may not show it yet, or no longer.
  base::Duration waited() const;
  // Whether AWS has shown what the step is about, through crashes and hand-backs: what it does not
  // show then is gone.
  bool seen() const;
  void note_seen();

  // The reply, or base::Failure with a message for people.
  Task<Reply> call(Call call);
  // For those who branch on the error.
  Task<Result<Reply>> attempt(Call call);

  // The same step, looking at another region than the run's.
  Step in(std::string region) const;

 private:
  Run& run_;
  const Key& key_;
  std::string region_;
  base::Duration waited_;
  base::Duration began_;
};

template <class Op>
concept Simple = requires(const Op& op, const Key& key, const Reply& reply) {
  { Op::name } -> std::convertible_to<std::string_view>;
  { op.call(key) } -> std::same_as<Call>;
  op.result(reply);
};

template <class Op>
concept Creation = Simple<Op> && requires(const Op& op, Step& step) { op.look(step); };

template <class Op>
concept Composed = requires(const Op& op, Step& step) {
  { Op::name } -> std::convertible_to<std::string_view>;
  op.perform(step);
};

template <class Op>
concept Operation = Simple<Op> || Composed<Op>;

// An operation that cannot be taken back (the world goes on with its result, an instance is
// restarted, …) says so: it is not tried once CodePipeline has ended the action.
template <class Op>
bool is_irreversible(const Op& op) {
  if constexpr (requires { op.irreversible(); }) {
    return op.irreversible();
  } else {
    return false;
  }
}

// An operation that may have to wait for long until it can be carried out says how long.
template <class Op>
base::Duration patience_of(const Op&, base::Duration usual) {
  if constexpr (requires { Op::patience; }) {
    return Op::patience;
  } else {
    return usual;
  }
}

// Several steps that belong together, some of them waits: what undoes may have to wait too.
template <class P>
concept Procedure = requires(const P& procedure, Run& run) {
  { procedure.carry_out(run) } -> std::same_as<Task<>>;
};

// What undoes names what it undoes, for messages.
template <class Op>
concept Undo = (Operation<Op> || Procedure<Op>) && requires(const Op& op) {
  { op.resource() } -> std::convertible_to<std::string>;
};

namespace detail {
template <class T>
struct TaskValue;
template <class T>
struct TaskValue<Task<T>> {
  using type = T;
};

template <Operation Op>
auto result_of() {
  if constexpr (Composed<Op>) {
    using T = decltype(std::declval<const Op&>().perform(std::declval<Step&>()));
    return std::type_identity<typename TaskValue<T>::type>{};
  } else {
    using T = decltype(std::declval<const Op&>().result(std::declval<const Reply&>()));
    return std::type_identity<T>{};
  }
}
}  // namespace detail

template <Operation Op>
using ResultOf = typename decltype(detail::result_of<Op>())::type;

// What a condition sees in AWS's state. What will never become ready is a base::Failure.
struct Look {
  bool ready = false;
  std::string summary = {};         // one line for the console while it is not
  std::optional<int> percent = {};  // 0 to 100
};

// Something to wait for: asked again and again until it is ready.
template <class C>
concept Condition = requires(const C& condition, Step& step) {
  { C::name } -> std::convertible_to<std::string_view>;
  { condition.look(step) } -> std::same_as<Task<Look>>;
};

}  // namespace agent::run
