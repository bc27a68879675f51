// The file `state`: a first line with the version, then a line per record: the CRC-32 of the rest
// of the line in 8 hex digits, a blank, a JSON object.
//   {"is":"claim","job","execution","region","category","provider","version","nonce","offered"}
//   {"is":"own","job"}  {"is":"checkpoint","job","journal"}  {"is":"report","job","result"}
//   {"is":"end","job"}  {"is":"forget","job"}
// Appended to; rewritten (new file, fsync, rename, fsync of the directory) at the start and when it
// has grown to several times of what it holds. A last line without its end is a write that a crash
// cut short: it never counted. Any other damage is set aside, never a reason not to start.
#include "agent/pipeline/state_file.h"

#include <zlib.h>

#include <array>
#include <boost/asio/post.hpp>

#include "agent/base/json.h"
#include "agent/base/log.h"
#include "agent/base/text.h"

namespace agent::pipeline {
namespace {

namespace json = boost::json;
using base::cat;
using base::text;

constexpr std::string_view header = "codepipeline-agent state 1";
constexpr std::string_view header_of_any_version = "codepipeline-agent state ";
constexpr std::size_t rewrite_from = 1 << 20;
constexpr int exit_temporary = 75;      // EX_TEMPFAIL
constexpr int exit_configuration = 78;  // EX_CONFIG

std::string checksum(std::string_view line) {
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(line.data()), static_cast<uInt>(line.size()));
  std::array<unsigned char, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes.at(i) = static_cast<unsigned char>(crc >> (24 - 8 * i));
  return base::hex(bytes);
}

std::string line_of(const json::object& record) {
  const auto body = json::serialize(record);
  return cat(checksum(body), ' ', body, '\n');
}

// Nothing when the line is not whole.
std::optional<json::object> record_of(std::string_view line) {
  if (line.size() < 10 || line[8] != ' ') return std::nullopt;
  const auto body = line.substr(9);
  if (checksum(body) != line.substr(0, 8)) return std::nullopt;
  auto value = base::parse(body);
  if (!value || !value->is_object()) return std::nullopt;
  return value->get_object();
}

json::object claim_record(const HeldJob& job) {
  return {{"is", "claim"},
          {"job", job.id},
          {"execution", job.execution},
          {"region", job.queue.region},
          {"category", job.queue.category},
          {"provider", job.queue.provider},
          {"version", job.queue.version},
          {"nonce", job.nonce},
          {"offered", job.offered.time_since_epoch().count()}};
}

HeldJob claimed_job(const json::object& record) {
  return {.id = text(record, "job"),
          .execution = text(record, "execution"),
          .queue = {.region = text(record, "region"),
                    .category = text(record, "category"),
                    .provider = text(record, "provider"),
                    .version = text(record, "version")},
          .nonce = text(record, "nonce"),
          .offered = base::TimePoint(base::Duration(base::number(record, "offered").value_or(0)))};
}

json::object record(std::string_view is, const std::string& job) {
  return {{"is", is}, {"job", job}};
}

json::object checkpoint_record(const std::string& job, const std::string& journal) {
  auto result = record("checkpoint", job);
  result["journal"] = journal;
  return result;
}

json::object report_record(const std::string& job, const Result& outcome) {
  auto result = record("report", job);
  result["result"] = outcome.to_json();
  return result;
}

std::string lines_of(const HeldJob& job) {
  auto lines = line_of(claim_record(job));
  if (job.owned) lines += line_of(record("own", job.id));
  if (!job.journal.empty()) lines += line_of(checkpoint_record(job.id, job.journal));
  if (job.ended) lines += line_of(record("end", job.id));
  if (job.result) lines += line_of(report_record(job.id, *job.result));  // an end would drop it
  return lines;
}

// A later version than ours, written as a number.
bool is_newer(std::string_view first_line) {
  if (!first_line.starts_with(header_of_any_version)) return false;
  const auto number = first_line.substr(header_of_any_version.size());
  const auto digits =
      !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
  return digits && number != "0" && number != "1";
}

}  // namespace

StateFile::StateFile(std::unique_ptr<StateDirectory> directory,
                     boost::asio::any_io_executor executor)
    : directory_(std::move(directory)), executor_(std::move(executor)) {
  read();
  if (const auto error = rewrite()) {
    const auto full = error == std::errc::no_space_on_device;
    throw StateError(full ? exit_temporary : exit_configuration,
                     cat("cannot write ", directory_->file(), ": ", error.message(),
                         full ? "; free some space" : "; make its directory writable for this user",
                         " or name another directory with --state-dir"));
  }
}

std::vector<HeldJob> StateFile::jobs() const {
  std::vector<HeldJob> result;
  for (const auto& [id, job] : jobs_) result.push_back(job);
  return result;
}

void StateFile::claim(const HeldJob& job) {
  note(claim_record(job));
}
void StateFile::own(const std::string& job) {
  note(record("own", job));
}
void StateFile::end(const std::string& job) {
  note(record("end", job));
}
void StateFile::forget(const std::string& job) {
  note(record("forget", job));
}

void StateFile::checkpoint(const std::string& job, const std::string& journal) {
  note(checkpoint_record(job, journal));
}

void StateFile::report(const std::string& job, const Result& result) {
  note(report_record(job, result));
}

void StateFile::read() {
  const auto all = directory_->read();
  if (all.empty()) return;
  std::string_view rest = all;
  const auto first = rest.substr(0, rest.find('\n'));
  if (is_newer(first)) {
    throw StateError(exit_configuration,
                     cat(directory_->file(),
                         " was written by a newer version of this "
                         "program (\"",
                         base::printable(first), "\"); install that version again"));
  }
  auto damaged = !header.starts_with(first);
  rest.remove_prefix(std::min(rest.size(), first.size() + 1));
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto entry = record_of(rest.substr(0, end));
    if (entry) {
      damaged = !apply(*entry) || damaged;
    } else if (end != std::string_view::npos) {
      damaged = true;
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  if (damaged) {
    warnings_.push_back(
        cat("the state file was damaged; what could be read of it is used, a copy is kept as ",
            directory_->set_aside(all)));
  }
}

// False when the record makes no sense.
bool StateFile::apply(const json::object& entry) {
  const auto is = text(entry, "is");
  const auto id = text(entry, "job");
  if (id.empty()) return false;
  if (is == "claim") {
    jobs_[id] = claimed_job(entry);
    return true;
  }
  const auto place = jobs_.find(id);
  if (place == jobs_.end()) return false;
  auto& job = place->second;
  if (is == "own") {
    job.owned = true;
  } else if (is == "checkpoint") {
    job.owned = true;  // only what is ours has one
    job.journal = text(entry, "journal");
  } else if (is == "report") {
    job.owned = true;
    job.result = Result::from_json(base::member(entry, "result"));
    return job.result.has_value();
  } else if (is == "end") {
    job.ended = true;
    job.result.reset();
  } else if (is == "forget") {
    jobs_.erase(place);
  } else {
    return false;
  }
  return true;
}

void StateFile::note(json::object entry) {
  apply(entry);
  const auto line = line_of(entry);
  const auto grown = size_ > rewrite_from;
  const auto error = broken_ || grown ? rewrite() : append(line);
  if (!error) return;
  if (!broken_) {
    base::log(base::Level::error, "cannot write the state file; going on from memory",
              {{"file", directory_->file()}, {"reason", error.message()}});
  }
  broken_ = true;
}

std::error_code StateFile::append(std::string_view line) {
  size_ += line.size();
  return directory_->append(line);
}

std::error_code StateFile::rewrite() {
  auto data = cat(header, '\n');
  for (const auto& [id, job] : jobs_) data += lines_of(job);
  if (const auto error = directory_->replace(data)) return error;
  // What is held now may itself be large: count from here.
  size_ = 0;
  broken_ = false;
  return {};
}

bool StateFile::sync_now() {
  // After a failed sync nobody knows what is on the disk: start a new file.
  broken_ = broken_ || directory_->sync();
  return !broken_ || !rewrite();
}

base::Task<bool> StateFile::sync() {
  if (!syncing_) {
    syncing_ = std::make_shared<Syncing>(executor_);
    boost::asio::post(executor_, [this, alive = std::weak_ptr(alive_)] {
      if (alive.expired()) return;  // `this` is gone
      const auto current = std::exchange(syncing_, nullptr);
      current->good = sync_now();
      current->done.set();
    });
  }
  const auto mine = syncing_;
  co_await mine->done.wait();
  co_return mine->good;
}

}  // namespace agent::pipeline
