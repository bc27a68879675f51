// An error that says more than code and message: S3's further elements, and headers.
#pragma once

#include "tests/local_cloud/http.h"
#include "tests/local_cloud/service.h"

namespace local_cloud {

struct DetailedError : ApiError {
  DetailedError(const ApiError& error, Pairs details, HeaderMap headers = {})
      : ApiError(error), details(std::move(details)), headers(std::move(headers)) {}
  Pairs details;
  HeaderMap headers;
};

}  // namespace local_cloud
