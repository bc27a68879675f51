// What is reported to CodePipeline of a job: its end, or that it goes on later. A value, so that it
// can lie on disk until CodePipeline has accepted it.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "agent/aws/call.h"
#include "agent/base/failure.h"
#include "agent/run/context.h"
#include "agent/run/outputs.h"

namespace agent::pipeline {

// The outputs as CodePipeline's variables: none is empty.
boost::json::object variables(const run::Outputs& outputs);

class Result {
 public:
  enum class Kind { success, failure, hand_back };

  static Result success(const run::Outputs& outputs, const run::Progress& progress);
  static Result failure(const base::Failure& failure, const run::Progress& progress);
  // The job is over for CodePipeline and comes again as a new one that carries the token.
  static Result hand_back(const std::string& token, const run::Progress& progress);

  Kind kind() const { return kind_; }
  bool is_final() const { return kind_ != Kind::hand_back; }
  std::string message() const;  // a failure's message, else the summary; for the log

  // PutJobSuccessResult or PutJobFailureResult, within the API's limits. Sent at most once by the
  // client: whether a repeat is refused because the first arrived is for the sender to judge.
  aws::Call call(const std::string& job) const;

  // The same with nothing optional: for a service that finds something wrong with the details.
  Result reduced() const;

  boost::json::object to_json() const;
  static std::optional<Result> from_json(const boost::json::object& object);

 private:
  Result(Kind kind, boost::json::object params) : kind_(kind), params_(std::move(params)) {}

  Kind kind_;
  boost::json::object params_;  // all but the job id
};

}  // namespace agent::pipeline
