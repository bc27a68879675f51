// The templates of run.h: how each kind of operation is carried out.
#pragma once

#include "agent/run/run.h"

namespace agent::run {

template <Operation Op>
Task<ResultOf<Op>> Run::operator()(Op op) {
  using T = ResultOf<Op>;
  const auto name = enter(Op::name);
  if (const auto* fact = known(name)) {
    if constexpr (std::is_void_v<T>) {
      co_return;
    } else {
      co_return decoded<T>(name, *fact);
    }
  }
  begin(name, Creation<Op>);
  const auto the_key = key(name);
  auto wait = begin_wait(name);
  Step step(*this, the_key, wait.before, wait.held_since);
  for (;;) {
    std::optional<base::Failure> failure;
    try {
      co_await stop_unless_wanted(is_irreversible(op), wait);
      if constexpr (std::is_void_v<T>) {
        co_await carry_out(op, step, wait);
        record(name, true);
        co_return;
      } else {
        auto result = co_await carry_out(op, step, wait);
        record(name, boost::json::value_from(result));
        co_return result;
      }
    } catch (const base::Failure& caught) {
      failure = caught;
    }
    co_await rest_after(*failure, wait, patience_of(op, context_->pace.patience));
  }
}

template <Condition C>
Task<> Run::until(C condition) {
  const auto name = enter(C::name);
  if (known(name) != nullptr) co_return;
  begin(name, false);
  const auto the_key = key(name);
  auto wait = begin_wait(name);
  Step step(*this, the_key, wait.before, wait.held_since);
  for (;;) {
    std::optional<base::Failure> failure;
    try {
      const auto look = co_await condition.look(step);
      if (look.ready) break;
      say(look.summary, look.percent);
    } catch (const base::Failure& caught) {
      failure = caught;
    }
    if (failure) {
      // A look that fails changes nothing, so only the deadline ends a wait.
      co_await rest_after(*failure, wait, base::Duration::max());
    } else {
      co_await rest(wait, name);
    }
  }
  record(name, true);
}

template <Operation Op>
Task<ResultOf<Op>> Run::carry_out(const Op& op, Step& step, Wait& wait) {
  if constexpr (Composed<Op>) {
    if constexpr (std::is_void_v<ResultOf<Op>>) {
      co_await op.perform(step);
    } else {
      co_return co_await op.perform(step);
    }
  } else if constexpr (Creation<Op>) {
    co_return co_await create(op, step, wait);
  } else {
    const auto reply = co_await step.call(op.call(step.key()));
    co_return op.result(reply);
  }
}

// Looks first. When AWS says that it exists although the look did not show it, the look is merely
// behind: AWS is eventually consistent.
template <Creation Op>
Task<ResultOf<Op>> Run::create(const Op& op, Step& step, Wait& wait) {
  for (;;) {
    auto found = co_await op.look(step);
    if (found) co_return std::move(*found);
    if (collecting()) {
      co_await rest_while_it_may_appear(wait);
      continue;
    }
    const auto sent_before = known(sent_fact(wait.step)) != nullptr;
    note_sent(wait.step, true);
    auto reply = co_await step.attempt(op.call(step.key()));
    if (reply) co_return op.result(*reply);
    const auto exists = reply.error().kind == ErrorClass::conflict;
    if (!exists && !sent_before && !reply.error().may_have_acted) note_sent(wait.step, false);
    if (!exists) throw aws::failure(reply.error());
    co_await rest_while_invisible(wait, reply.error());
  }
}

template <class T>
T Run::decoded(const std::string& step, const boost::json::value& fact) const {
  auto result = boost::json::try_value_to<T>(fact);
  if (result.has_error()) damaged(step);
  return std::move(*result);
}

template <Undo Op>
Task<> Run::settle(Op op) {
  if constexpr (Procedure<Op>) {
    co_await op.carry_out(*this);
  } else {
    co_await (*this)(std::move(op));
  }
}

template <Undo Op>
void Run::owe(bool on_failure_only, Op op) {
  auto resource = op.resource();
  // The run is given when it is called: one kept here would keep itself alive.
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): owed keeps it
  auto carry_out = [region = region_, prefix = prefix_, op = std::move(op)](Run run) -> Task<> {
    run.region_ = region;
    run.prefix_ = prefix;
    co_await run.settle(op);
  };
  shared_->owed.push_back({on_failure_only, std::move(resource), std::move(carry_out)});
}

}  // namespace agent::run
