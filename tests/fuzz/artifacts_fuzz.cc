// The whole way of a job's artifacts: what CodePipeline says of a job, and an object that somebody
// has put where its first input is. Between "---": the job's details, then the object.
#include "agent/pipeline/artifacts.h"

#include <charconv>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/pipeline/job_files.h"
#include "agent/pipeline/result.h"
#include "tests/aws/scripted.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/run_world.h"

namespace {

namespace json = boost::json;
using agent::aws::Call;
using agent::base::Failure;
using agent::base::Task;
using agent::pipeline::Job;
using agent::pipeline::JobFiles;
using fuzz::require;

// S3 and CodePipeline as far as artifacts go.
class Cloud {
 public:
  Cloud(json::object details, std::string_view object)
      : details_(std::move(details)), object_(object) {}

  agent::aws::Result<agent::aws::Reply> operator()(const Call& call) {
    require(++calls < 2'000, "it comes to an end");
    if (call.operation == "GetJobDetails") return support::reply({{"jobDetails", details_}});
    require(call.service == "s3" && call.rest && !call.rest->bucket.empty(), "a bucket is named");
    require(call.rest->path.size() > 1, "a key is named");
    require(fuzz::is_printable(call.rest->path) && !call.rest->path.contains('?'),
            "a path has no query");
    if (call.operation == "PutObject") return put(*call.rest);
    return part(*call.rest);
  }

  std::size_t puts = 0;
  std::size_t calls = 0;

 private:
  agent::aws::Result<agent::aws::Reply> put(const agent::aws::Rest& rest) {
    ++puts;
    for (const auto& header : rest.headers) {
      require(fuzz::is_printable(std::string_view(header.value().as_string())),
              "a header has no control characters");
    }
    require(rest.headers.at("x-amz-server-side-encryption") == "aws:kms", "KMS is asked for");
    return support::reply({});
  }

  agent::aws::Result<agent::aws::Reply> part(const agent::aws::Rest& rest) const {
    const std::string range(rest.headers.at("Range").as_string());
    std::uint64_t first = 0, last = 0;
    const auto dash = range.find('-');
    require(range.starts_with("bytes=") && dash != std::string::npos, "a range is asked for");
    std::from_chars(range.data() + 6, range.data() + dash, first);
    std::from_chars(range.data() + dash + 1, range.data() + range.size(), last);
    require(first <= last, "a range is not turned round");
    if (first >= object_.size()) {
      return support::error(agent::aws::ErrorClass::invalid, "InvalidRange");
    }
    last = std::min<std::uint64_t>(last, object_.size() - 1);
    auto reply = support::reply({});
    reply.headers["etag"] = "\"1\"";
    reply.headers["content-range"] =
        agent::base::cat("bytes ", first, '-', last, '/', object_.size());
    reply.raw = object_.substr(first, last - first + 1);
    return reply;
  }

  json::object details_;
  std::string_view object_;
};

const std::vector<agent::run::Setting>& table() {
  static const auto settings = agent::run::common_settings(60);
  return settings;
}

constexpr std::string_view secret = "the-secret-key";  // of the seeds

// Once in the job, as its key: elsewhere it is a name of something and may be in a message.
bool is_only_a_secret(const json::object& details, std::string_view object) {
  const auto text = json::serialize(details);
  const auto first = text.find(secret);
  const auto as_key = text.find(agent::base::cat("\"secretAccessKey\":\"", secret, '"'));
  return first == text.rfind(secret) && (first == std::string::npos || as_key < first) &&
         !object.contains(secret);
}

void check(const Failure& failure) {
  const auto message = agent::pipeline::Result::failure(failure, {}).message();
  require(!message.empty() && message.size() <= 5'000, "CodePipeline takes 5,000 characters");
  require(fuzz::is_utf8(failure.what()), "a message is UTF-8");
  require(!message.contains(secret), "no message has a secret");
}

// Whether it worked.
Task<bool> attempt(Task<> work) {
  try {
    co_await std::move(work);
    co_return true;
  } catch (const Failure& failure) {
    check(failure);
    co_return false;
  }
}

Task<> read(JobFiles& files, const Job& job) {
  const auto file = co_await files.config_file(table());
  if (!file) co_return;
  require(file->text.size() <= agent::pipeline::ArchiveLimits().file, "a file has a limit");
  agent::run::Settings::read(table(), job.configuration, file);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  constexpr std::string_view mark = "\n---\n";
  const auto end = text.find(mark);
  if (end == std::string_view::npos) return 0;
  auto value = agent::base::parse(text.substr(0, end));
  if (!value || !value->is_object()) return 0;
  auto& details = value->get_object();
  if (!is_only_a_secret(details, text.substr(end + mark.size()))) return 0;
  details["id"] = "job-1";
  auto job = agent::pipeline::read_job(details, "eu-west-1").value();
  require(job.inputs.size() <= 5 && job.outputs.size() <= 5, "CodePipeline allows five");
  fuzz::RunWorld world;
  Cloud cloud(details, text.substr(end + mark.size()));
  world.answer = std::ref(cloud);
  JobFiles files({world.caller, world.clock, world.chance, world.leaving}, job,
                 std::chrono::minutes(1));
  scripted::run(world.io, world.clock, attempt(read(files, job)));
  const auto delivered = scripted::run(
      world.io, world.clock, attempt(files.deliver("image.json", {{"ImageId", "ami-1"}})));
  require(!delivered || cloud.puts == job.outputs.size(), "every output is written");
  return 0;
}
