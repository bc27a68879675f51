// The agent's state file. A line that begins with "=" is a record whose checksum is put in here,
// since no fuzzer guesses one; all other lines are taken as they are.
#include "agent/pipeline/state_file.h"

#include <boost/asio/io_context.hpp>

#include "agent/base/text.h"
#include "tests/fuzz/fuzz.h"

namespace {

using agent::pipeline::HeldJob;
using agent::pipeline::StateFile;
using fuzz::require;

// A disk as a string.
class Memory final : public agent::pipeline::StateDirectory {
 public:
  Memory(std::string& contents, std::string& damaged) : contents_(contents), damaged_(damaged) {}

  std::string file() const override { return "state"; }
  std::string read() override { return contents_; }
  std::error_code append(std::string_view data) override {
    contents_ += data;
    return {};
  }
  std::error_code sync() override { return {}; }
  std::error_code replace(std::string_view data) override {
    contents_ = data;
    return {};
  }
  std::string set_aside(std::string_view damaged) override {
    damaged_ = damaged;
    return "state.damaged-1";
  }

 private:
  std::string& contents_;
  std::string& damaged_;
};

// Bit by bit (RFC 1952, 8).
std::uint32_t crc32(std::string_view text) {
  std::uint32_t sum = ~0U;
  for (const char c : text) {
    sum ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~sum;
}

std::string with_checksums(std::string_view input) {
  std::string result;
  while (!input.empty()) {
    const auto line = fuzz::take_line(input);
    if (line.starts_with('=')) {
      const auto body = line.substr(1);
      std::string digits(9, ' ');
      std::snprintf(digits.data(), digits.size(), "%08x", static_cast<unsigned>(crc32(body)));
      digits.back() = ' ';
      result.append(digits).append(body);
    } else {
      result += line;
    }
    result += '\n';
  }
  return result;
}

std::string text_of(const HeldJob& job) {
  return agent::base::cat(job.id, '|', job.execution, '|', job.queue.region, '|',
                          job.queue.category, '|', job.queue.provider, '|', job.queue.version, '|',
                          job.nonce, '|', job.offered.time_since_epoch().count(), '|', job.owned,
                          job.ended, '|', job.journal, '|',
                          job.result ? boost::json::serialize(job.result->to_json()) : "");
}

// All that is held, and whether it was told that something is damaged.
struct Read {
  std::vector<std::string> jobs;
  bool warned = false;
};

Read read(std::string& contents, std::string& damaged) {
  boost::asio::io_context io;
  const StateFile file(std::make_unique<Memory>(contents, damaged), io.get_executor());
  Read result{.warned = !file.warnings().empty()};
  for (const auto& job : file.jobs()) {
    require(!job.id.empty() && file.holds(job.id), "a job has an id");
    require(fuzz::is_utf8(text_of(job)), "a job's texts are UTF-8");
    result.jobs.push_back(text_of(job));
  }
  return result;
}

void change(std::string& contents, std::string& damaged) {
  boost::asio::io_context io;
  StateFile file(std::make_unique<Memory>(contents, damaged), io.get_executor());
  const HeldJob job{.id = "fresh", .execution = "e"};
  file.claim(job);
  for (const auto& held : file.jobs()) {
    file.own(held.id);
    if (held.id != job.id) file.forget(held.id);
  }
  require(file.jobs().size() == 1, "what is over is forgotten");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto contents = with_checksums(fuzz::text_of(data, size));
  const auto before = contents;
  std::string damaged;
  try {
    const auto first = read(contents, damaged);
    require(first.warned == !damaged.empty(), "what is set aside is told");
    require(damaged.empty() || damaged == before, "what is damaged is set aside as it was");
    damaged.clear();
    const auto second = read(contents, damaged);
    require(second.jobs == first.jobs, "what was written reads back the same");
    require(!second.warned, "what was written is whole");
    change(contents, damaged);
    require(read(contents, damaged).jobs.size() == 1 && damaged.empty(), "changes are kept");
  } catch (const agent::pipeline::StateError& error) {
    require(contents == before, "a file that is left to another agent stays as it was");
    require(fuzz::is_printable(error.what()), "an error is printable");
  }
  return 0;
}
