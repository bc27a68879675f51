// How fast the local cloud's world turns, and switches for what is not known of the real services.
// Set on the command line (--set name=value), by the control interface, or in a test.
#pragma once

#include <boost/describe.hpp>
#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace local_cloud {

struct Settings {
  using Duration = std::chrono::milliseconds;

  // The world's pace. The defaults suit a demonstration; tests set what they need.
  Duration image_time{3'000};           // CreateImage until available
  Duration visibility_lag{300};         // after creation: NotFound, and missing from lists
  Duration instance_start_time{1'000};  // pending -> running -> InService
  Duration instance_reboot_time{1'000};
  Duration instance_stop_time{1'000};      // stopping -> stopped, shutting-down -> terminated
  Duration standby_time{300};              // of a group's instance, in and out
  Duration launch_retry_time{5'000};       // of a group whose launch failed
  bool images_fail = false;                // every image that is created becomes failed
  bool reboot_fails_health_check = false;  // a group replaces an instance that is rebooted
  Duration refresh_start_time{300};        // of an instance refresh, Pending -> InProgress
  Duration refresh_stall_time{30'000};     // one without progress fails then (1 h at AWS)
  std::string unhealthy_images;            // instances from images of this id or name never become
                                           // healthy in a group (a pattern with * and ?)
  std::string alarms_in_alarm;             // CloudWatch alarms, separated by commas
  Duration builtin_action_time{300};       // AWS's own source and deploy actions of a pipeline

  // EC2 and SSM. Lists of patterns are separated by commas: "ap-*,me-south-1".
  std::string copies_fail;            // CopyImage into these regions ends as failed
  int snapshot_copies_at_once = 100;  // into one region (AWS: 20), then ResourceLimitExceeded
  std::string unusable_kms_keys;      // patterns of ARNs: what is encrypted with them fails
  std::string disabled_regions;  // the accounts have not opted in: nobody's keys are known there
  int page_size = 0;             // EC2's lists come in pages of at most this; 0 = as asked
  bool empty_pages = false;      // an empty page with a NextToken comes before every page
  Duration parameter_check_time{300};  // of data type aws:ec2:image: has its old value until then

  // CodePipeline: unknown of the real service, so every setting must be lived with.
  Duration reoffer_after{30'000};  // a dispatched job that nobody acknowledged
  Duration continuation_delay{0};  // until a continued job is offered
  Duration custom_action_timeout{std::chrono::hours{24}};
  bool timeout_per_job = false;                 // else per action execution
  Duration purge_after{std::chrono::hours{1}};  // finished jobs, then JobNotFound
  bool acknowledge_again_is_refused = true;     // same nonce twice: InvalidNonce, else InProgress
  bool result_without_acknowledge_is_refused = true;  // else accepted
  bool abandoned_result_is_job_not_found = false;     // else InvalidJobState
  bool keep_details_when_omitted = true;              // executionDetails of an earlier hand-back
  bool execution_ids_in_context =
      true;  // pipelineArn, pipelineExecutionId (older samples lack them)
  bool poll_has_credentials_expiry = false;  // undocumented artifactCredentials.expirationTime
  bool nested_type_members = true;           // "__type" inside answers
  bool explicit_nulls = true;                // "revision": null
  int poll_batch_limit = 10;
  Duration artifact_credentials_time{std::chrono::minutes{15}};  // of a job's, from each asking on

  // S3: the cloud speaks http on loopback only, where nobody listens; false = bucket policies see
  // what it is (aws:SecureTransport).
  bool loopback_is_secure = true;

  // The cloud's clock runs ahead of the caller's by this much (behind, when negative): signatures,
  // expiry, the Date header and all that happens with time. The world jumps when it is changed.
  Duration clock_offset{0};

  // The same for signatures and the Date header alone, so that the caller's clock seems to be off
  // while the world goes on as before.
  Duration caller_clock_offset{0};

  // The instance that the metadata service speaks for.
  std::string imds_role = "codepipeline-agent";  // "" = no role is attached
  std::string imds_account = "111122223333";
  std::string imds_region = "us-east-1";
  Duration imds_credentials_time{std::chrono::hours{6}};
  bool imds_v1 = false;  // answers without a session token too

  // The request log.
  int log_limit = 100'000;         // the newest so many requests are kept
  int log_body_limit = 1'048'576;  // longer bodies are not kept, only their size
  bool log_bodies = true;
};

// Every member has to be named here as well, or it cannot be set by name.
BOOST_DESCRIBE_STRUCT(
    Settings, (),
    (image_time, visibility_lag, instance_start_time, instance_reboot_time, instance_stop_time,
     standby_time, launch_retry_time, images_fail, reboot_fails_health_check, refresh_start_time,
     refresh_stall_time, unhealthy_images, alarms_in_alarm, builtin_action_time, copies_fail,
     snapshot_copies_at_once, unusable_kms_keys, disabled_regions, page_size, empty_pages,
     parameter_check_time, reoffer_after, continuation_delay, custom_action_timeout,
     timeout_per_job, purge_after, acknowledge_again_is_refused,
     result_without_acknowledge_is_refused, abandoned_result_is_job_not_found,
     keep_details_when_omitted, execution_ids_in_context, poll_has_credentials_expiry,
     nested_type_members, explicit_nulls, poll_batch_limit, artifact_credentials_time,
     loopback_is_secure, clock_offset, caller_clock_offset, imds_role, imds_account, imds_region,
     imds_credentials_time, imds_v1, log_limit, log_body_limit, log_bodies))

std::vector<std::string> setting_names();

// Durations as 500ms, 20s, 5m, 2h (or with a minus), booleans as true or false. Nothing when it is
// set; else what is wrong, in a sentence.
std::optional<std::string> set(Settings& settings, std::string_view name, std::string_view value);

boost::json::object as_json(const Settings& settings);  // durations in milliseconds

}  // namespace local_cloud
