#include "tests/local_cloud/cloud.h"

#include <vector>

#include "agent/base/digest.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/local_cloud/authentication.h"
#include "tests/local_cloud/autoscaling.h"
#include "tests/local_cloud/codepipeline.h"
#include "tests/local_cloud/control.h"
#include "tests/local_cloud/ec2.h"
#include "tests/local_cloud/endpoint.h"
#include "tests/local_cloud/fault_effects.h"
#include "tests/local_cloud/imds.h"
#include "tests/local_cloud/s3.h"
#include "tests/local_cloud/s3_protocol.h"
#include "tests/local_cloud/ssm.h"
#include "tests/local_cloud/sts.h"
#include "tests/local_cloud/times.h"

namespace local_cloud {

namespace {

using agent::base::cat;

std::string uuid(std::uint64_t number) {
  auto id = agent::base::sha256_hex(cat("request ", number)).substr(0, 36);
  for (const auto place : {8U, 13U, 18U, 23U}) id[place] = '-';
  return id;
}

// The service that a request without a signature seems to be for.
std::string_view guess_service(const Request& request) {
  const auto json = header(request.headers, "x-amz-target");
  if (json.starts_with("CodePipeline_")) return "codepipeline";
  if (json.starts_with("AmazonSSM.")) return "ssm";
  const auto in_query = find(query_pairs(split_target(request.target).query), "Version");
  if (json.empty() && request.method != "PUT") {
    const auto version = in_query.empty() ? find(query_pairs(request.body), "Version") : in_query;
    if (version == "2016-11-15") return "ec2";
    if (version == "2011-01-01") return "autoscaling";
    if (version == "2011-06-15") return "sts";
  }
  return "s3";
}

// What the refused action would have been done to, as far as a test needs it.
std::string resource_of(std::string_view service, const Exchange& exchange) {
  return cat("arn:aws:", service, ':', exchange.region, ':', exchange.account, ":*");
}

// A job's credentials read and write the objects of its pipeline's artifact bucket.
bool is_for_its_artifacts(const Key& key, std::string_view action, const json::object& params) {
  if (key.artifact_bucket.empty()) return true;
  return (action == "s3:GetObject" || action == "s3:PutObject") &&
         agent::base::text(params, "Bucket") == key.artifact_bucket;
}

// For a service that the cloud does not have, in the form that its client most likely reads.
Response no_such_service(const Request& request, Exchange& exchange) {
  const auto is_json = request.headers.contains("x-amz-target");
  const auto protocol = is_json ? json_protocol("") : query_protocol("", "");
  const ApiError error(404, is_json ? "UnknownOperationException" : "InvalidAction",
                       cat("The local cloud has no service '", exchange.service, "'."));
  exchange.error = error.code;
  return protocol->error(error, exchange.request_id);
}

// Turns every way in which an exchange can fail into the answer that its protocol has for it.
template <class Function>
Response or_error(const Protocol& protocol, Exchange& exchange, Function function) {
  const auto refused = [&](const ApiError& error) {
    exchange.error = error.code;
    return protocol.error(error, exchange.request_id);
  };
  try {
    return function();
  } catch (const ApiError& error) {
    return refused(error);
  } catch (const UnknownOperation&) {
    return refused(protocol.unknown_operation(exchange.operation));
  } catch (const std::exception& bug) {
    return refused(refuse(protocol.flavour(), Refusal::internal, cat("local cloud: ", bug.what())));
  }
}

}  // namespace

struct Cloud::Parts {
  explicit Parts(Settings initial) : settings(std::move(initial)) {
    constexpr auto sts_namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
    endpoints.push_back(rpc_endpoint("sts", query_protocol("2011-06-15", sts_namespace), sts));
    endpoints.push_back({"s3", s3_protocol(), [this](const Request& request, const Call& call) {
                           return s3.handle(request, call);
                         }});
    endpoints.push_back(
        rpc_endpoint("codepipeline", json_protocol("CodePipeline_20150709"), codepipeline));
    constexpr auto ec2_namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";
    endpoints.push_back(rpc_endpoint("ec2", ec2_protocol("2016-11-15", ec2_namespace), ec2));
    constexpr auto autoscaling_namespace = "http://autoscaling.amazonaws.com/doc/2011-01-01/";
    endpoints.push_back(rpc_endpoint(
        "autoscaling", query_protocol("2011-01-01", autoscaling_namespace), autoscaling));
    endpoints.push_back(rpc_endpoint("ssm", json_protocol("AmazonSSM"), ssm));
  }

  const Endpoint* endpoint(std::string_view name) const {
    for (const auto& endpoint : endpoints) {
      if (endpoint.name == name) return &endpoint;
    }
    return nullptr;
  }

  using Serve = Delivery (Parts::*)(const Request&, Exchange&);
  Delivery answer(const Request& request, Time now, Serve serve_it);
  Delivery serve(const Request& request, Exchange& exchange);
  Delivery perform(const Request& request, const Endpoint& endpoint, const Signed& made,
                   Exchange& exchange);
  Response carry_out(const Request& request, const Endpoint& endpoint, const Key& key,
                     Decoded decoded, Exchange& exchange);
  Delivery serve_metadata(const Request& request, Exchange& exchange);
  void check_permission(const Key& key, Flavour flavour, const Exchange& exchange,
                        const json::object& params) const;

  Settings settings;
  Accounts accounts;
  Faults faults;
  RequestLog log;
  Sts sts{accounts};
  S3 s3{settings};
  Imds imds{settings, accounts};
  CodePipeline codepipeline{settings, accounts, s3};
  Ec2 ec2{settings};
  AutoScaling autoscaling{settings, ec2};
  Ssm ssm{settings, ec2};
  std::vector<Endpoint> endpoints;
  std::uint64_t requests = 0;
};

Delivery Cloud::Parts::answer(const Request& request, Time now, Serve serve_it) {
  Exchange exchange{.time = now, .request_id = uuid(++requests), .request = request};
  auto delivery = (this->*serve_it)(request, exchange);
  delivery.response.headers.emplace("Date", http_date(now + settings.caller_clock_offset));
  if (request.method == "HEAD") delivery.response.body.clear();
  exchange.response = delivery.response;
  log.add(std::move(exchange), settings);
  return delivery;
}

Delivery Cloud::Parts::serve(const Request& request, Exchange& exchange) {
  const auto made = read_signature(request);
  const auto is_signed = made && *made;
  exchange.service = is_signed ? (*made)->service : std::string(guess_service(request));
  const auto* place = endpoint(exchange.service);
  if (place == nullptr) return {.response = no_such_service(request, exchange)};
  const auto& protocol = *place->protocol;
  Delivery delivery;
  delivery.response = or_error(protocol, exchange, [&] {
    if (!made) throw refuse(protocol.flavour(), Refusal::incomplete_signature, made.error());
    if (!*made) throw refuse(protocol.flavour(), Refusal::missing_authentication);
    delivery = perform(request, *place, **made, exchange);
    return std::move(delivery.response);
  });
  return delivery;
}

Delivery Cloud::Parts::perform(const Request& request, const Endpoint& endpoint, const Signed& made,
                               Exchange& exchange) {
  const auto& protocol = *endpoint.protocol;
  exchange.region = made.region;
  exchange.access_key = made.access_key;
  const auto time = exchange.time + settings.caller_clock_offset;
  auto caller = authenticate(request, made, protocol.flavour(), accounts, time);
  exchange.account = caller.key.account;
  auto plain = request;
  plain.body = std::move(caller.body);
  auto decoded = protocol.decode(plain);
  exchange.operation = decoded.operation;
  exchange.params = json::serialize(decoded.params);
  // Keys are not known where their account has not opted in; AWS's answers say no more than that.
  if (matches_any(settings.disabled_regions, made.region)) {
    throw refuse(protocol.flavour(), Refusal::unknown_key);
  }
  const auto carry_it_out = [&] {
    return or_error(protocol, exchange, [&] {
      return carry_out(plain, endpoint, caller.key, std::move(decoded), exchange);
    });
  };
  const auto fault =
      faults.next(endpoint.name, exchange.operation, exchange.account, exchange.region);
  if (!fault) return {.response = carry_it_out()};
  exchange.fault = fault->rule;
  exchange.effect = name(fault->effect);
  auto response = fault->takes_effect ? carry_it_out() : Response();
  if (!fault->takes_effect || fault->replaces_answer()) {
    response = answer_instead(*fault, protocol, exchange.request_id);
  }
  return spoil(*fault, std::move(response));
}

Response Cloud::Parts::carry_out(const Request& request, const Endpoint& endpoint, const Key& key,
                                 Decoded decoded, Exchange& exchange) {
  check_permission(key, endpoint.protocol->flavour(), exchange, decoded.params);
  const Call call{.operation = std::move(decoded.operation),
                  .params = std::move(decoded.params),
                  .account = key.account,
                  .region = exchange.region,
                  .access_key = key.id,
                  .request_id = exchange.request_id,
                  .now = exchange.time};
  auto response = endpoint.carry_out(request, call);
  exchange.took_effect = true;
  return response;
}

void Cloud::Parts::check_permission(const Key& key, Flavour flavour, const Exchange& exchange,
                                    const json::object& params) const {
  const auto is_s3 = flavour == Flavour::s3;
  const auto action =
      cat(exchange.service, ':', is_s3 ? s3_action(exchange.operation) : exchange.operation);
  const auto allowed = is_for_its_artifacts(key, action, params);
  if (action == "sts:GetCallerIdentity" || (allowed && !accounts.denied(key, action))) return;
  const auto resource = resource_of(exchange.service, exchange);
  auto text =
      cat("User: ", key.arn, " is not authorized to perform: ", action, " on resource: ", resource,
          " because no identity-based policy allows the ", action, " action");
  if (flavour == Flavour::ec2) {
    text = cat("You are not authorized to perform this operation. ", text,
               ". Encoded authorization failure message: ",
               encode_denial(key.account, key.arn, action, resource));
  }
  throw refuse(flavour, Refusal::denied, text);
}

Delivery Cloud::Parts::serve_metadata(const Request& request, Exchange& exchange) {
  exchange.service = "imds";
  exchange.operation = split_target(request.target).path;
  exchange.account = settings.imds_account;
  exchange.region = settings.imds_region;
  const auto fault = faults.next("imds", exchange.operation, exchange.account, exchange.region);
  exchange.took_effect = !fault || fault->takes_effect;
  auto response = exchange.took_effect ? imds.handle(request, exchange.time) : imds_error(500);
  if (!fault) return {.response = std::move(response)};
  exchange.fault = fault->rule;
  exchange.effect = name(fault->effect);
  return spoil(*fault, std::move(response));
}

Cloud::Cloud(Settings settings) : parts_(std::make_unique<Parts>(std::move(settings))) {}
Cloud::~Cloud() = default;

Settings& Cloud::settings() {
  return parts_->settings;
}
Accounts& Cloud::accounts() {
  return parts_->accounts;
}
Faults& Cloud::faults() {
  return parts_->faults;
}
RequestLog& Cloud::log() {
  return parts_->log;
}

Delivery Cloud::handle(const Request& request, Time now) {
  auto& parts = *parts_;
  now += parts.settings.clock_offset;
  if (Control::is_meant(request)) {
    Control control{parts.settings, parts.accounts, parts.faults, parts.log};
    return {.response = control.handle(request)};
  }
  return parts.answer(request, now, &Parts::serve);
}

Delivery Cloud::handle_metadata(const Request& request, Time now) {
  return parts_->answer(request, now + parts_->settings.clock_offset, &Parts::serve_metadata);
}

}  // namespace local_cloud
