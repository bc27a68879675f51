// CodePipeline's state of one account in one region, as plain data. The flow (codepipeline_flow.h)
// moves it on; the operations read it and give it pushes.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/local_cloud/accounts.h"
#include "tests/local_cloud/s3.h"
#include "tests/local_cloud/service.h"
#include "tests/local_cloud/settings.h"

namespace local_cloud::codepipeline {

struct TypeId {
  std::string category;
  std::string owner;
  std::string provider;
  std::string version;
  auto operator<=>(const TypeId&) const = default;
};
TypeId type_id(const json::object& action_type_id);
json::object as_json(const TypeId& id);

struct Property {
  std::string name;
  bool required = false;
  bool secret = false;
  bool queryable = false;
};

struct ActionType {
  TypeId id;
  json::object definition;  // as ListActionTypes shows it
  std::vector<Property> properties;
  bool deleted = false;
  json::array tags;
  std::string url_template(std::string_view name) const;  // of the settings; "" if it has none
};

struct Artifact {
  std::string name;
  std::string revision;
  std::string bucket;
  std::string key;
};

struct Revision {
  std::string id;
  std::string change_id;
  std::string summary;
  Time created;
};

using Variables = std::map<std::string, std::string, std::less<>>;

struct Execution;
struct Job;

// One try of an action: a retry makes another.
struct ActionRun {
  std::string id;
  Execution* execution = nullptr;
  std::string stage;
  json::object declaration;
  TypeId type;
  Variables configuration;  // resolved
  std::string status = "InProgress";
  Time started;
  Time updated;
  std::string updated_by;
  std::string summary;
  std::string external_id;
  std::optional<std::int64_t> percent;
  std::string error_code;
  std::string error_message;
  std::string approval_token;
  std::optional<Revision> revision;
  std::vector<Artifact> inputs;
  std::vector<Artifact> outputs;
  Variables variables;
  Job* job = nullptr;  // the one that is open, of a custom action
  std::string name() const;
};

struct Pipeline;

struct Execution {
  std::string id;
  std::shared_ptr<Pipeline> pipeline;
  std::shared_ptr<const json::object> declaration;
  int version = 1;
  std::string status = "InProgress";
  Time started;
  Time updated;
  std::string trigger_type;
  std::string trigger_detail;
  std::string stop_reason;
  std::size_t stage = 0;  // where it is, or last was
  bool inside = false;    // of that stage, holding it
  std::map<std::string, std::string> stage_status;
  std::vector<std::unique_ptr<ActionRun>> runs;
  std::map<std::string, Artifact> artifacts;
  std::map<std::string, Variables, std::less<>> variables;  // by namespace
};

struct Transition {
  bool enabled = true;
  std::string changed_by;
  std::string reason;
  Time changed;
};

// A stage and the door before it: one execution inside, one waiting.
struct Stage {
  Execution* running = nullptr;
  Execution* latest = nullptr;
  Execution* waiting = nullptr;
  Transition inbound;
  Transition outbound;
};

struct Pipeline {
  std::string name;
  std::string arn;
  std::vector<std::shared_ptr<const json::object>> versions;
  Time created;
  Time updated;
  json::array tags;
  std::map<std::string, Stage> stages;
  std::vector<Execution*> executions;                                     // oldest first
  std::map<std::pair<std::string, std::string>, ActionRun*> latest_runs;  // by stage and action
  std::map<std::string, std::string> started_by_token;
  const json::object& declaration() const { return *versions.back(); }
};

struct Job {
  std::string id;
  ActionRun* run = nullptr;
  std::string status = "Queued";
  std::string nonce;         // of the latest offer
  bool nonce_spent = false;  // acknowledged with it
  bool abandoned = false;
  std::optional<Time> offered;
  Time visible;
  std::string continuation_token;
};

struct Event {
  enum class Kind { action_ends, action_times_out, job_times_out, job_is_purged };
  Kind kind;
  std::string id;
};

struct World {
  World(std::string account, std::string region, const Settings& settings, Accounts& accounts,
        S3& s3);

  std::string account;
  std::string region;
  const Settings& settings;
  Accounts& accounts;
  S3& s3;

  std::map<TypeId, ActionType> types;
  std::map<std::string, std::shared_ptr<Pipeline>> pipelines;
  std::map<std::string, std::unique_ptr<Execution>> executions;
  std::map<std::string, std::unique_ptr<Job>> jobs;
  std::map<TypeId, std::vector<Job*>> queues;  // not acknowledged yet, oldest first
  std::map<std::string, ActionRun*> open_runs;
  std::multimap<Time, Event> events;

  std::string arn(std::string_view resource) const;
  std::string new_id(Time now);                        // a UUID
  std::string new_text(Time now, std::size_t length);  // letters and digits
  std::string new_nonce();

 private:
  std::string noise(Time now);
  std::uint64_t counter_ = 0;
  std::uint64_t nonces_ = 0;
};

// A time as CodePipeline writes it: seconds since 1970, with a fraction.
json::value seconds(Time time);

[[noreturn]] void refuse(std::string code, const std::string& message);
[[noreturn]] void invalid(const std::string& message);  // ValidationException

}  // namespace local_cloud::codepipeline
