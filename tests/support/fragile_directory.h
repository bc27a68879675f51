// A real state directory whose host can die at any write, in the middle of one, and with the loss
// of what was not synced.
#pragma once

#include <filesystem>
#include <memory>

#include "agent/pipeline/state_directory.h"
#include "tests/support/fate.h"

namespace support {

class FragileDirectory final : public agent::pipeline::StateDirectory {
 public:
  FragileDirectory(std::filesystem::path path, Fate& fate);

  std::string file() const override { return (path_ / "state").string(); }
  std::string read() override;
  std::error_code append(std::string_view data) override;
  std::error_code sync() override;
  std::error_code replace(std::string_view data) override;
  std::string set_aside(std::string_view damaged) override;

 private:
  using Write = std::function<std::error_code(std::string_view)>;
  std::error_code carry_out(std::string name, std::string_view data, const Write& write,
                            const Write& half);
  void end();

  std::filesystem::path path_;
  Fate& fate_;
  std::unique_ptr<agent::pipeline::StateDirectory> disk_;  // none when the host is dead
  std::size_t size_ = 0;
  std::size_t synced_ = 0;
};

}  // namespace support
