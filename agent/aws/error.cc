// The table. A row for a service goes before the one for all; what has no row is judged by the
// form of its code, then by the HTTP status.
#include "agent/aws/error.h"

#include <algorithm>
#include <array>
#include <optional>

#include "agent/base/text.h"

namespace agent::aws {
namespace {

using base::FailureType;
using enum ErrorClass;

struct Row {
  std::string_view service;  // "" = all
  std::string_view code;
  ErrorClass kind;
  FailureType failure;
};

constexpr auto config = FailureType::ConfigurationError;
constexpr auto failed = FailureType::JobFailed;
constexpr auto denied = FailureType::PermissionError;
constexpr auto unavailable = FailureType::SystemUnavailable;

constexpr std::array table{
    // A quota that is full, not a rate.
    Row{"application-autoscaling", "LimitExceededException", invalid, failed},
    Row{"autoscaling", "LimitExceeded", invalid, failed},
    Row{"cloudformation", "LimitExceededException", invalid, failed},
    Row{"codepipeline", "LimitExceededException", invalid, failed},
    Row{"ecs", "LimitExceededException", invalid, failed},
    Row{"imagebuilder", "ServiceQuotaExceededException", invalid, failed},

    Row{"", "Throttling", throttled, unavailable},
    Row{"", "ThrottlingException", throttled, unavailable},
    Row{"", "ThrottledException", throttled, unavailable},
    Row{"", "RequestThrottled", throttled, unavailable},
    Row{"", "RequestThrottledException", throttled, unavailable},
    Row{"", "TooManyRequestsException", throttled, unavailable},
    Row{"", "ProvisionedThroughputExceededException", throttled, unavailable},
    Row{"", "TransactionInProgressException", throttled, unavailable},
    Row{"", "RequestLimitExceeded", throttled, unavailable},
    Row{"", "BandwidthLimitExceeded", throttled, unavailable},
    Row{"", "LimitExceededException", throttled, unavailable},
    Row{"", "SlowDown", throttled, unavailable},
    Row{"", "EC2ThrottledException", throttled, unavailable},
    Row{"imagebuilder", "CallRateLimitExceededException", throttled, unavailable},
    Row{"ec2", "ResourceLimitExceeded", throttled, unavailable},  // too many snapshot copies

    Row{"", "RequestTimeout", transient, unavailable},
    Row{"", "RequestTimeoutException", transient, unavailable},
    Row{"", "PriorRequestNotComplete", transient, unavailable},
    Row{"", "InternalError", transient, unavailable},
    Row{"", "InternalFailure", transient, unavailable},
    Row{"", "InternalServerError", transient, unavailable},
    Row{"", "InternalServerException", transient, unavailable},
    Row{"", "ServerException", transient, unavailable},
    Row{"", "ServiceException", transient, unavailable},
    Row{"", "ServiceUnavailable", transient, unavailable},
    Row{"", "ServiceUnavailableException", transient, unavailable},
    Row{"", "Unavailable", transient, unavailable},
    Row{"autoscaling", "ResourceContention", transient, unavailable},
    Row{"sts", "IDPCommunicationError", transient, unavailable},

    // Worth waiting for: whoever gives the agent its credentials will give it new ones.
    Row{"", "ExpiredToken", expired, unavailable},
    Row{"", "ExpiredTokenException", expired, unavailable},
    Row{"", "TokenRefreshRequired", expired, unavailable},
    Row{"", "InvalidClientTokenId", expired, denied},
    Row{"", "InvalidAccessKeyId", expired, denied},
    Row{"", "UnrecognizedClientException", expired, denied},
    Row{"", "AuthFailure", expired, denied},
    Row{"s3", "InvalidToken", expired, denied},

    Row{"", "RequestTimeTooSkewed", skewed, unavailable},
    Row{"", "RequestInTheFuture", skewed, unavailable},
    Row{"", "RequestExpired", skewed, unavailable},

    Row{"", "AccessDenied", refused, denied},
    Row{"", "AccessDeniedException", refused, denied},
    Row{"", "UnauthorizedOperation", refused, denied},
    Row{"", "UnauthorizedException", refused, denied},
    Row{"", "NotAuthorized", refused, denied},
    Row{"", "ForbiddenException", refused, denied},
    Row{"", "OptInRequired", refused, denied},
    Row{"", "Blocked", refused, denied},
    Row{"", "PendingVerification", refused, denied},
    Row{"", "MissingAuthenticationToken", refused, denied},
    Row{"", "IncompleteSignature", refused, denied},
    Row{"", "InvalidSignatureException", refused, denied},
    Row{"", "SignatureDoesNotMatch", refused, denied},
    Row{"", "NoCredentials", refused, unavailable},

    Row{"ec2", "InvalidAMIID.Unavailable", gone, config},
    Row{"elasticloadbalancing", "TargetGroupNotFound", gone, config},
    Row{"ssm", "InvocationDoesNotExist", gone, failed},
    Row{"ssm", "InvalidInstanceId", gone, config},
    Row{"ssm", "InvalidDocument", gone, config},
    Row{"ssm", "ParameterNotFound", gone, config},
    Row{"autoscaling", "ActiveInstanceRefreshNotFound", gone, failed},
    Row{"codepipeline", "JobNotFoundException", gone, failed},
    Row{"codepipeline", "ActionTypeNotFoundException", gone, config},

    Row{"", "IdempotentParameterMismatch", conflict, failed},
    Row{"", "IdempotentParameterMismatchException", conflict, failed},
    Row{"ec2", "InvalidAMIName.Duplicate", conflict, config},
    Row{"autoscaling", "AlreadyExists", conflict, failed},
    Row{"autoscaling", "InstanceRefreshInProgress", conflict, failed},
    Row{"autoscaling", "ScalingActivityInProgress", conflict, failed},
    Row{"autoscaling", "ResourceInUse", conflict, failed},
    Row{"autoscaling", "IrreversibleInstanceRefresh", conflict, failed},
    Row{"cloudformation", "TokenAlreadyExistsException", conflict, failed},
    Row{"cloudformation", "OperationInProgressException", conflict, failed},
    Row{"elasticloadbalancing", "DuplicateTargetGroupName", conflict, failed},
    Row{"elasticloadbalancing", "ResourceInUse", conflict, failed},
    Row{"imagebuilder", "ResourceInUseException", conflict, failed},
    Row{"s3", "PreconditionFailed", conflict, failed},
    Row{"s3", "ConditionalRequestConflict", conflict, failed},
    Row{"codepipeline", "InvalidNonceException", conflict, failed},
    Row{"codepipeline", "InvalidJobStateException", conflict, failed},
    Row{"codepipeline", "ConcurrentModificationException", conflict, failed},

    Row{"", "ValidationError", invalid, config},
    Row{"", "ValidationException", invalid, config},
    Row{"", "InvalidParameterValue", invalid, config},
    Row{"", "InvalidParameterCombination", invalid, config},
    Row{"", "InvalidParameterException", invalid, config},
    Row{"", "InvalidRequestException", invalid, config},
    Row{"", "InvalidParameter", invalid, config},
    Row{"", "MissingParameter", invalid, config},
    Row{"ec2", "IncorrectState", invalid, failed},
    Row{"ec2", "IncorrectInstanceState", invalid, failed},

    Row{"", "PermanentRedirect", invalid, config},
    Row{"", "AuthorizationHeaderMalformed", invalid, config},
    Row{"", "UnknownService", invalid, config},
    Row{"", "InvalidRegion", invalid, config},
    Row{"", "InvalidEndpoint", invalid, config},
};

const Row* row_of(std::string_view service, std::string_view code) {
  const Row* general = nullptr;
  for (const auto& row : table) {
    if (row.code != code) continue;
    if (row.service == service) return &row;
    if (row.service.empty()) general = &row;
  }
  return general;
}

std::optional<ErrorClass> class_by_form(std::string_view code) {
  const auto ends = [&](std::string_view end) { return code.ends_with(end); };
  if (ends("NotFound") || ends("NotFoundException") || ends("NotFoundFault")) return gone;
  if (ends("DoesNotExist") || ends("DoesNotExistException")) return gone;
  if (code.starts_with("NoSuch")) return gone;
  if (ends("AlreadyExists") || ends("AlreadyExistsException")) return conflict;
  if (ends(".Duplicate") || ends("AlreadyExistsFault")) return conflict;
  return std::nullopt;
}

ErrorClass class_by_status(int status) {
  switch (status) {
    case 0:
    case 408:
      return transient;
    case 429:
    case 509:
      return throttled;
    case 401:
    case 403:
      return refused;
    case 404:
    case 410:
      return gone;
    case 409:
    case 412:
      return conflict;
    default:
      return status >= 500 && status != 501 && status != 505 ? transient : invalid;
  }
}

FailureType failure_type(const Error& error) {
  if (const auto* row = row_of(error.service, error.code)) return row->failure;
  switch (error.kind) {
    case throttled:
    case transient:
    case skewed:
      return unavailable;
    case expired:
    case refused:
      return denied;
    case gone:
      return config;
    case conflict:
      return failed;
    case invalid:
      break;
  }
  // EC2 has hundreds of these: InvalidSubnet.Range, InvalidBlockDeviceMapping, …
  return error.code.starts_with("Invalid") || error.code.ends_with(".Malformed") ? config : failed;
}

// What EC2 encodes for sts:DecodeAuthorizationMessage is of no use to a reader.
std::string readable(const Error& error) {
  constexpr std::string_view encoded = "Encoded authorization failure message:";
  std::string_view message = error.message;
  if (const auto place = message.find(encoded); place != std::string_view::npos) {
    message = message.substr(0, place);
  }
  return base::printable(base::trim(message));
}

// IAM's name of what was denied: the message's own word (a call may need a second action, such as
// iam:PassRole), else the call's.
std::string denied_action(const Error& error) {
  constexpr std::string_view marker = "not authorized to perform: ";
  const std::string_view message = error.message;
  if (const auto place = message.find(marker); place != std::string_view::npos) {
    const auto rest = message.substr(place + marker.size());
    const auto action = rest.substr(0, rest.find_first_of(" \n\t,"));
    if (action.contains(':')) return std::string(action);
  }
  if (error.service == "s3" && error.operation == "HeadObject") return "s3:GetObject";
  if (error.service == "s3" && error.operation.starts_with("ListObjects")) return "s3:ListBucket";
  return base::cat(error.service, ':', error.operation);
}

std::string remedy(const Error& error) {
  switch (error.kind) {
    case refused:
      if (error.code == "NoCredentials") return {};
      return base::cat("; allow ", base::printable(denied_action(error)),
                       " to the agent's role (or to the action's RoleArn)");
    case expired:
      return "; the agent's credentials are not valid";
    case skewed:
      return "; set the agent's clock";
    default:
      return {};
  }
}

}  // namespace

ErrorClass classify(std::string_view service, std::string_view code, int status) {
  if (const auto* row = row_of(service, code)) return row->kind;
  return class_by_form(code).value_or(class_by_status(status));
}

base::Failure failure(const Error& error) {
  constexpr std::size_t limit = 1'000;
  auto words = readable(error);
  if (words.empty()) words = error.status == 0 ? "no answer" : base::cat("HTTP ", error.status);
  const auto what = base::cat(error.service, ':', error.operation);
  const auto where = error.region.empty() ? std::string() : base::cat(" in ", error.region);
  const auto code =
      error.code.empty() ? std::string() : base::cat(base::printable(error.code), ": ");
  const auto remedy_text = remedy(error);
  auto head = error.operation.empty() ? std::string() : base::cat(what, where, " failed: ");
  // The remedy must survive, so the service's words give way.
  const auto taken = head.size() + code.size() + remedy_text.size();
  if (taken >= limit) return {failure_type(error), base::cut(head + code, limit)};
  return {failure_type(error), head + code + base::cut(words, limit - taken) + remedy_text};
}

}  // namespace agent::aws
