#include "tests/local_cloud/autoscaling_refresh.h"

namespace local_cloud::autoscaling {

std::string_view name(RefreshStatus status) {
  switch (status) {
    case RefreshStatus::pending:
      return "Pending";
    case RefreshStatus::in_progress:
      return "InProgress";
    case RefreshStatus::baking:
      return "Baking";
    case RefreshStatus::successful:
      return "Successful";
    case RefreshStatus::failed:
      return "Failed";
    case RefreshStatus::cancelling:
      return "Cancelling";
    case RefreshStatus::cancelled:
      return "Cancelled";
    case RefreshStatus::rollback_in_progress:
      return "RollbackInProgress";
    case RefreshStatus::rollback_successful:
      return "RollbackSuccessful";
    case RefreshStatus::rollback_failed:
      return "RollbackFailed";
  }
  return "";
}

bool is_active(RefreshStatus status) {
  return status == RefreshStatus::pending || status == RefreshStatus::in_progress ||
         status == RefreshStatus::baking || status == RefreshStatus::cancelling ||
         status == RefreshStatus::rollback_in_progress;
}

}  // namespace local_cloud::autoscaling
