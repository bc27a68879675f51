#include "agent/pipeline/artifact_failure.h"

#include "agent/base/text.h"
#include "agent/pipeline/artifact_keys.h"

namespace agent::pipeline {
namespace {

using aws::ErrorClass;
using base::cat;
using base::Failure;
using base::FailureType;

constexpr std::size_t longest_words = 1'000;

std::string place(const Artifact& artifact) {
  return base::cut(base::printable(cat("s3://", artifact.bucket, '/', artifact.key)), 1'200);
}

std::string artifact_name(const Artifact& artifact) {
  return cat(base::cut(base::printable(artifact.name), 100), " (", place(artifact), ")");
}

std::string file_in(const Artifact& artifact, std::string_view file) {
  return cat("The file ", base::cut(base::printable(file), 300),
             " cannot be read from the input "
             "artifact ",
             artifact_name(artifact));
}

// Not about S3: the job's credentials could not be had.
bool is_about_credentials(const aws::Error& error) {
  return error.service == "codepipeline" || error.code == no_artifact_credentials;
}

bool may_pass(const aws::Error& error) {
  using enum ErrorClass;
  return error.kind == throttled || error.kind == transient || error.kind == expired ||
         error.kind == skewed;
}

std::string words(const aws::Error& error) {
  if (error.code == no_artifact_credentials) return error.message;
  if (is_about_credentials(error)) return aws::failure(error).what();
  const auto code = error.code.empty() ? std::string() : cat(base::printable(error.code), ": ");
  const auto said = base::cut(base::printable(base::trim(error.message)), longest_words);
  return code + (said.empty() ? cat("HTTP ", error.status) : said);
}

FailureType type_of(const aws::Error& error) {
  return may_pass(error) ? FailureType::SystemUnavailable : aws::failure(error).type;
}

// The job's credentials are a session of CodePipeline's own making: the agent's role does not
// matter.
std::string remedy(const aws::Error& error, std::string_view permissions) {
  if (is_about_credentials(error)) return "";
  if (error.kind == ErrorClass::refused) {
    return cat(" The job's own credentials were used: allow ", permissions,
               " to the pipeline's role there, and its use of the artifacts' KMS key.");
  }
  if (error.code == "PermanentRedirect" || error.code == "AuthorizationHeaderMalformed") {
    return " CodePipeline needs its artifact bucket in the pipeline's own region.";
  }
  return "";
}

}  // namespace

Failure cannot_read(const Artifact& artifact, std::string_view file, const aws::Error& error) {
  auto type = type_of(error);
  const auto is_missing = !is_about_credentials(error) && error.kind == ErrorClass::gone;
  if (is_missing || type == FailureType::JobFailed) type = FailureType::RevisionUnavailable;
  auto text = cat(file_in(artifact, file), ": ", words(error), ".");
  text += remedy(error, "s3:GetObject");
  if (error.kind == ErrorClass::refused && !is_about_credentials(error)) {
    text += " S3 also says so of what is no longer there.";
  }
  if (is_missing) text += " Start the pipeline again, so that its source is fetched anew.";
  return {type, text};
}

Failure no_good(const Artifact& artifact, std::string_view file, std::string_view why) {
  return {FailureType::RevisionUnavailable, cat(file_in(artifact, file), ": it ", why, ".")};
}

Failure cannot_write(const Artifact& artifact, const aws::Error& error) {
  return {type_of(error),
          cat("The work of this action is done, but its output artifact ", artifact_name(artifact),
              " could not be written: ", words(error), ".", remedy(error, "s3:PutObject"),
              " Retry the stage: what was made is found again.")};
}

void check_place(const Artifact& artifact) {
  if (!artifact.bucket.empty() && !artifact.key.empty()) return;
  throw Failure(FailureType::RevisionUnavailable,
                cat("CodePipeline did not say where in S3 the artifact ",
                    base::cut(base::printable(artifact.name), 100), " is."));
}

}  // namespace agent::pipeline
