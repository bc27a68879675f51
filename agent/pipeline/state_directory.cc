#include "agent/pipeline/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "agent/base/text.h"

namespace agent::pipeline {
namespace {

using base::cat;

constexpr int exit_temporary = 75;      // EX_TEMPFAIL
constexpr int exit_configuration = 78;  // EX_CONFIG

std::error_code last_error() {
  return {errno, std::generic_category()};
}

std::error_code write_all(int file, std::string_view data) {
  while (!data.empty()) {
    const auto written = ::write(file, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return last_error();
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

std::error_code sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return last_error();
  const auto error = ::fsync(fd) == 0 ? std::error_code() : last_error();
  ::close(fd);
  return error;
}

// flock goes with the process, however it ends; the pid in the file is for people.
struct Lock {
  explicit Lock(const std::filesystem::path& path)
      : fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (fd < 0) {
      const auto reason = last_error();
      throw StateError(
          reason == std::errc::no_space_on_device ? exit_temporary : exit_configuration,
          cat("cannot write in the state directory ", path.parent_path().string(), ": ",
              reason.message(),
              "; make it writable for this user or name another one with "
              "--state-dir"));
    }
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      std::array<char, 32> holder{};
      const auto length = ::pread(fd, holder.data(), holder.size() - 1, 0);
      const std::string pid(holder.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
      ::close(fd);
      throw StateError(exit_temporary,
                       cat("the state directory ", path.parent_path().string(),
                           " is in use by the agent with pid ", base::trim(pid),
                           "; stop it, or name another directory with --state-dir"));
    }
    const auto pid = cat(::getpid(), '\n');
    if (::ftruncate(fd, 0) == 0) std::ignore = ::pwrite(fd, pid.data(), pid.size(), 0);
  }
  ~Lock() { ::close(fd); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  int fd;
};

std::filesystem::path made(std::filesystem::path path) {
  std::error_code ignored;  // the lock will tell
  if (std::filesystem::create_directories(path, ignored)) {
    std::filesystem::permissions(path, std::filesystem::perms::owner_all, ignored);
  }
  return path;
}

class DiskDirectory final : public StateDirectory {
 public:
  explicit DiskDirectory(std::filesystem::path path)
      : path_(made(std::move(path))), lock_(path_ / "lock") {}
  ~DiskDirectory() override {
    if (file_ >= 0) ::close(file_);
  }
  DiskDirectory(const DiskDirectory&) = delete;
  DiskDirectory& operator=(const DiskDirectory&) = delete;

  std::string file() const override { return (path_ / "state").string(); }
  std::string read() override;
  std::error_code append(std::string_view data) override { return write_all(file_, data); }
  std::error_code sync() override;
  std::error_code replace(std::string_view data) override;
  std::string set_aside(std::string_view damaged) override;

 private:
  std::filesystem::path path_;
  Lock lock_;
  int file_ = -1;
};

// One that cannot be read must not be taken for an empty one.
std::string DiskDirectory::read() {
  std::error_code unknown;
  const auto status = std::filesystem::status(file(), unknown);
  if (status.type() == std::filesystem::file_type::not_found) return {};
  std::ifstream in(file(), std::ios::binary);
  if (!std::filesystem::is_regular_file(status) || !in) {
    throw StateError(
        exit_configuration,
        cat("cannot read ", file(),
            "; make it readable for this user, since it names the jobs that are held"));
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

// A file that somebody has removed takes all that is written and keeps nothing.
std::error_code DiskDirectory::sync() {
  struct stat info{};
  if (::fdatasync(file_) != 0 || ::fstat(file_, &info) != 0) return last_error();
  return info.st_nlink > 0 ? std::error_code()
                           : make_error_code(std::errc::no_such_file_or_directory);
}

std::error_code DiskDirectory::replace(std::string_view data) {
  const auto fresh = path_ / "state.new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return last_error();
  auto error = write_all(fd, data);
  if (!error && ::fsync(fd) != 0) error = last_error();
  if (!error && ::rename(fresh.c_str(), file().c_str()) != 0) error = last_error();
  if (!error) error = sync_directory(path_);
  if (error) {
    ::close(fd);
    return error;
  }
  if (file_ >= 0) ::close(file_);
  file_ = fd;
  return {};
}

std::string DiskDirectory::set_aside(std::string_view damaged) {
  auto name = cat("state.damaged-", ::getpid());
  for (int i = 1; std::filesystem::exists(path_ / name); ++i) {
    name = cat("state.damaged-", ::getpid(), "-", i);
  }
  const auto place = (path_ / name).string();
  std::ofstream copy(place, std::ios::binary);
  copy << damaged << std::flush;
  if (!copy) {
    throw StateError(exit_temporary, cat("cannot write ", place,
                                         ", a copy of the damaged state file; free some space"));
  }
  return place;
}

}  // namespace

std::unique_ptr<StateDirectory> open_state_directory(std::filesystem::path path) {
  return std::make_unique<DiskDirectory>(std::move(path));
}

}  // namespace agent::pipeline
