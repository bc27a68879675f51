#include "tests/support/bucket.h"

#include "agent/base/text.h"

namespace support {
namespace {

namespace json = boost::json;
using agent::aws::Reply;
using agent::aws::Result;
using agent::base::cat;

struct Ask {
  std::string operation;
  std::string method;
  std::string bucket;
  std::string key = {};
  std::string body = {};
  json::object query = {};
  json::object headers = {};
};

Result<Reply> ask(Machine& machine, Ask ask) {
  return machine.try_call(
      {.service = "s3",
       .operation = ask.operation,
       .params = {},
       .rest = agent::aws::Rest{
           .method = ask.method,
           .path = ask.key.empty() ? "" : "/" + agent::base::percent_encode(ask.key, "/"),
           .query = ask.query,
           .headers = ask.headers,
           .body = ask.body,
           .bucket = ask.bucket}});
}

void must(const Result<Reply>& reply) {
  if (!reply) throw std::runtime_error(cat(reply.error().code, ": ", reply.error().message));
}

json::object deny(const std::string& bucket, std::string_view action, json::object condition) {
  return {{"Effect", "Deny"},
          {"Principal", "*"},
          {"Action", action},
          {"Resource", cat("arn:aws:s3:::", bucket, "/*")},
          {"Condition", std::move(condition)}};
}

}  // namespace

void create_bucket(Machine& machine, const std::string& bucket) {
  const auto reply =
      ask(machine,
          {.operation = "CreateBucket",
           .method = "PUT",
           .bucket = bucket,
           .body = cat("<CreateBucketConfiguration "
                       "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>",
                       home_region, "</LocationConstraint></CreateBucketConfiguration>")});
  if (!reply && reply.error().code == "BucketAlreadyOwnedByYou") return;
  must(reply);
}

void create_artifact_bucket(Machine& machine, const std::string& bucket) {
  create_bucket(machine, bucket);
  const json::object policy{
      {"Version", "2012-10-17"},
      {"Id", "SSEAndSSLPolicy"},
      {"Statement",
       {deny(bucket, "s3:PutObject",
             {{"StringNotEquals", {{"s3:x-amz-server-side-encryption", "aws:kms"}}}}),
        deny(bucket, "s3:*", {{"Bool", {{"aws:SecureTransport", false}}}})}}};
  must(ask(machine, {.operation = "PutBucketPolicy",
                     .method = "PUT",
                     .bucket = bucket,
                     .body = json::serialize(policy),
                     .query = {{"policy", true}}}));
}

void put_object(Machine& machine, const std::string& bucket, const std::string& key,
                std::string bytes, json::object headers) {
  must(ask(machine, {.operation = "PutObject",
                     .method = "PUT",
                     .bucket = bucket,
                     .key = key,
                     .body = std::move(bytes),
                     .headers = std::move(headers)}));
}

std::optional<std::string> get_object(Machine& machine, const std::string& bucket,
                                      const std::string& key) {
  auto reply =
      ask(machine, {.operation = "GetObject", .method = "GET", .bucket = bucket, .key = key});
  if (!reply && reply.error().code == "NoSuchKey") return std::nullopt;
  must(reply);
  return std::move(reply->raw);
}

void delete_object(Machine& machine, const std::string& bucket, const std::string& key) {
  must(ask(machine,
           {.operation = "DeleteObject", .method = "DELETE", .bucket = bucket, .key = key}));
}

}  // namespace support
