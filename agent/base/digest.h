// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104) from OpenSSL; base64 and base64url (RFC 4648).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace agent::base {

std::string sha256(std::string_view data);                             // 32 raw bytes
std::string sha256_hex(std::string_view data);                         // 64 hex digits
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 raw bytes

std::string base64(std::string_view bytes);     // with padding
std::string base64url(std::string_view bytes);  // without
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace agent::base
