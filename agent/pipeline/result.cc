// Limits: API reference of PutJobSuccessResult and PutJobFailureResult (summary 2,048, external
// execution id 1,500, message 5,000 characters; none may be empty).
#include "agent/pipeline/result.h"

#include "agent/base/json.h"
#include "agent/base/text.h"

namespace agent::pipeline {
namespace {

namespace json = boost::json;

void set(json::object& object, std::string_view key, std::string_view value, std::size_t limit) {
  const auto text = base::cut(base::trim(base::printable(value)), limit);
  if (!text.empty()) object[key] = text;
}

json::object details(const run::Progress& progress) {
  json::object result;
  set(result, "summary", progress.summary, 2'048);
  set(result, "externalExecutionId", progress.external_execution_id, 1'500);
  if (progress.percent) result["percentComplete"] = *progress.percent;
  return result;
}

void set_details(json::object& params, const json::object& details) {
  if (!details.empty()) params["executionDetails"] = details;
}

std::string_view name(Result::Kind kind) {
  switch (kind) {
    case Result::Kind::success:
      return "success";
    case Result::Kind::failure:
      return "failure";
    case Result::Kind::hand_back:
      break;
  }
  return "hand-back";
}

}  // namespace

json::object variables(const run::Outputs& outputs) {
  json::object result;
  for (const auto& [key, value] : outputs) {
    if (!value.empty()) result[key] = value;
  }
  return result;
}

Result Result::success(const run::Outputs& outputs, const run::Progress& progress) {
  auto finished = progress;
  finished.percent = 100;
  json::object params;
  set_details(params, details(finished));
  if (auto values = variables(outputs); !values.empty()) {
    params["outputVariables"] = std::move(values);
  }
  return {Kind::success, std::move(params)};
}

Result Result::failure(const base::Failure& failure, const run::Progress& progress) {
  json::object why{{"type", base::name(failure.type)}, {"message", "The action failed."}};
  set(why, "message", failure.what(), 5'000);
  set(why, "externalExecutionId", progress.external_execution_id, 1'500);
  return {Kind::failure, {{"failureDetails", std::move(why)}}};
}

Result Result::hand_back(const std::string& token, const run::Progress& progress) {
  json::object params{{"continuationToken", token}};
  set_details(params, details(progress));
  return {Kind::hand_back, std::move(params)};
}

std::string Result::message() const {
  if (kind_ == Kind::failure) return base::text(base::member(params_, "failureDetails"), "message");
  return base::text(base::member(params_, "executionDetails"), "summary");
}

aws::Call Result::call(const std::string& job) const {
  auto params = params_;
  params["jobId"] = job;
  return {.service = "codepipeline",
          .operation = kind_ == Kind::failure ? "PutJobFailureResult" : "PutJobSuccessResult",
          .params = std::move(params),
          .once = true};
}

Result Result::reduced() const {
  auto params = params_;
  params.erase("executionDetails");
  if (auto* details = params["failureDetails"].if_object()) details->erase("externalExecutionId");
  if (kind_ != Kind::failure) params.erase("failureDetails");
  return {kind_, std::move(params)};
}

json::object Result::to_json() const {
  return {{"kind", name(kind_)}, {"params", params_}};
}

std::optional<Result> Result::from_json(const json::object& object) {
  const auto kind = base::text(object, "kind");
  for (const auto known : {Kind::success, Kind::failure, Kind::hand_back}) {
    if (kind == name(known)) return Result(known, base::member(object, "params"));
  }
  return std::nullopt;
}

}  // namespace agent::pipeline
