// The network and a source of keys as functions, and a way to run a coroutine on a fake clock.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "agent/aws/credentials.h"
#include "agent/base/event.h"
#include "agent/http/http.h"
#include "tests/support/fake_clock.h"

namespace scripted {

using agent::base::Task;
using agent::http::Broken;
using agent::http::Outcome;
using agent::http::Request;
using agent::http::Response;

// Answers in the order given, then with the last one for ever.
class Http final : public agent::http::Http {
 public:
  using Answer = std::function<Outcome(const Request&)>;

  explicit Http(std::vector<Answer> answers) : answers_(std::move(answers)) {}
  explicit Http(Answer answer) : answers_{std::move(answer)} {}

  Task<Outcome> send(Request request) override {
    requests.push_back(request);
    const auto place = std::min(requests.size(), answers_.size()) - 1;
    co_return answers_.at(place)(requests.back());
  }

  std::vector<Request> requests;

 private:
  std::vector<Answer> answers_;
};

inline Http::Answer answers(int status, std::string body, agent::http::Headers headers = {}) {
  return [=](const Request&) { return Response{status, headers, body}; };
}

inline Http::Answer breaks(Broken::Stage stage) {
  return [=](const Request&) { return std::unexpected(Broken{stage, "as scripted"}); };
}

// Starts a task and leaves it to the clock; `result` is set when it has ended.
template <class T>
class Started {
 public:
  Started(boost::asio::io_context& io, Task<T> task) {
    boost::asio::co_spawn(io, std::move(task), [state = state_](std::exception_ptr error, T value) {
      state->failed = error;
      if (!error) state->result = std::move(value);
    });
  }

  bool ended() const { return state_->failed || state_->result; }
  const T& result() const {
    if (state_->failed) std::rethrow_exception(state_->failed);
    if (!state_->result) throw std::runtime_error("the task has not ended");
    return *state_->result;
  }

 private:
  struct State {
    std::exception_ptr failed;
    std::optional<T> result;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

template <class T>
T run(boost::asio::io_context& io, support::FakeClock& clock, Task<T> task) {
  const Started<T> started(io, std::move(task));
  clock.run_dry([&] { return started.ended(); });
  return started.result();
}

inline agent::aws::Keys some_keys(std::string access_key = "AKIDEXAMPLE") {
  return {std::move(access_key), agent::base::Secret("secret"), agent::base::Secret("token")};
}

}  // namespace scripted
