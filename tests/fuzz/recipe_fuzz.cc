// A whole run of CreateImage that begins from a journal and gets whatever answers there are:
// between lines of "---" first the journal's {"facts":…,"verdict":…}, or nothing, then for each
// call a line with the status and what the answer's XML holds. After the last one AWS permits
// nothing any more.
#include <charconv>

#include "actions/catalog.h"
#include "agent/aws/protocol.h"
#include "agent/base/json.h"
#include "agent/pipeline/result.h"
#include "agent/run/drive.h"
#include "tests/aws/scripted.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/run_world.h"

namespace {

namespace json = boost::json;
using agent::aws::Call;
using agent::aws::Reply;
using agent::base::Failure;
using agent::pipeline::Result;
using agent::run::Journal;
using agent::run::Outcome;
using agent::run::Outputs;
using fuzz::require;

agent::run::Recipe recipe() {
  const auto action = actions::catalog().front();
  const json::object configuration{{"AutoScalingGroupName", "web"}};
  return action.recipe(agent::run::Settings::read(action.settings, configuration));
}

Journal journal_from(std::string_view text, const fuzz::RunWorld& world) {
  auto value = agent::base::parse(text);
  if (!value || !value->is_object()) return world.journal();
  auto& all = value->get_object();
  all["v"] = 1;
  all["id"] = world.execution.identity();
  all["at"] = world.clock.now().time_since_epoch().count();
  auto journal = Journal::from_text(json::serialize(all), world.execution.identity());
  if (!journal) return world.journal();
  journal->clamp(world.clock.now());
  return *journal;
}

// The answers, in their order, as the client would give them.
class Answers {
 public:
  explicit Answers(std::vector<std::string_view> texts) : texts_(std::move(texts)) {}

  agent::aws::Result<Reply> operator()(const Call& call) {
    if (next_ == texts_.size()) {
      return support::error(agent::aws::ErrorClass::refused, "UnauthorizedOperation");
    }
    auto text = texts_[next_++];
    const auto line = fuzz::take_line(text);
    int status = 200;
    std::from_chars(line.data(), line.data() + line.size(), status);
    auto reply = reply_of(*agent::aws::find_service(call.service), call,
                          {.status = status, .headers = {}, .body = body(call, text)});
    if (!reply) {
      reply.error().service = call.service;
      reply.error().operation = call.operation;
    }
    return reply;
  }

 private:
  static std::string body(const Call& call, std::string_view text) {
    std::string inner(text);
    if (call.service == "autoscaling") {
      inner = "<" + call.operation + "Result>" + inner + "</" + call.operation + "Result>";
    }
    return "<" + call.operation + "Response>" + inner + "</" + call.operation + "Response>";
  }

  std::vector<std::string_view> texts_;
  std::size_t next_ = 0;
};

void check(const Outcome& outcome, const agent::run::Progress& progress) {
  if (const auto* failure = std::get_if<Failure>(&outcome)) {
    require(fuzz::is_utf8(failure->what()), "a message is UTF-8");
    const auto message = Result::failure(*failure, progress).message();
    require(!message.empty() && message.size() <= 5'000, "CodePipeline takes 5,000 characters");
  }
  if (const auto* outputs = std::get_if<Outputs>(&outcome)) {
    const auto result = Result::success(*outputs, progress);
    require(fuzz::all_utf8(result.to_json()), "outputs are UTF-8");
  }
}

// What a call that changes something names must be named.
void check(const Call& call) {
  for (const auto* key : {"InstanceId", "LaunchTemplateId", "ImageId", "SnapshotId"}) {
    const auto* value = call.params.if_contains(key);
    if (value != nullptr && value->is_string()) {
      require(!value->get_string().empty(), "nothing is done to what has no id");
    }
  }
}

void check_saved(const std::string& saved, const std::string& identity) {
  const auto again = Journal::from_text(saved, identity);
  require(again.has_value(), "what a run leaves can be read");
  require(fuzz::has_double(boost::json::parse(saved, {}, {.max_depth = 100})) ||
              again->to_text() == saved,
          "and reads back the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto parts = fuzz::sections(fuzz::text_of(data, size));
  fuzz::RunWorld world;
  const auto given = journal_from(parts.front(), world);
  const bool fresh = given.to_text() == world.journal().to_text();
  parts.erase(parts.begin());
  Answers answers(std::move(parts));
  int created = 0;
  world.answer = [&](const Call& call) {
    if (fresh) check(call);
    auto reply = answers(call);
    if (reply && call.operation == "CreateImage") ++created;
    return reply;
  };
  std::string saved;
  auto context = world.context(given);
  context.save = [&](const Journal& journal) { saved = journal.to_text(); };
  const auto outcome =
      scripted::run(world.io, world.clock, agent::run::drive(context, "eu-west-1", recipe()));
  check(outcome, context.progress);
  if (!saved.empty()) check_saved(saved, world.execution.identity());
  require(created <= 1 || !fresh, "one image is made");
  return 0;
}
