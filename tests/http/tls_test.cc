// TLS with a certificate that the test makes for itself (OpenSSL comes with Boost.Asio).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <fstream>

#include "agent/http/curl_http.h"
#include "tests/http/loopback_server.h"
#include "tests/support/temporary_directory.h"

namespace {

using agent::base::Task;
using agent::http::Broken;
using agent::http::CurlHttp;
using agent::http::Request;
using boost::asio::ip::tcp;
namespace ssl = boost::asio::ssl;

struct Identity {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();

  explicit Identity(const std::string& address) {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    auto* const name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    auto* const alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name,
                                                  agent::base::cat("IP:", address).c_str());
    X509_add_ext(certificate, alternative, -1);
    X509_EXTENSION_free(alternative);
    X509_sign(certificate, key, EVP_sha256());
  }
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;

  void write_certificate(const std::filesystem::path& path) const {
    auto* const file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate);
    std::fclose(file);
  }
};

// Answers one request on every connection.
class TlsServer {
 public:
  TlsServer(boost::asio::io_context& io, const Identity& identity)
      : acceptor_(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
    SSL_CTX_use_certificate(context_.native_handle(), identity.certificate);
    SSL_CTX_use_PrivateKey(context_.native_handle(), identity.key);
    boost::asio::co_spawn(io, accept(), boost::asio::detached);
  }

  std::string url() const {
    return agent::base::cat("https://127.0.0.1:", acceptor_.local_endpoint().port(), "/");
  }
  int resumed() const { return resumed_; }
  int handshakes() const { return handshakes_; }

 private:
  Task<> accept() {
    for (bool open = true; open;) {
      auto [error, socket] =
          co_await acceptor_.async_accept(boost::asio::as_tuple(boost::asio::use_awaitable));
      open = !error;
      if (!open) continue;
      auto task = serve(ssl::stream<tcp::socket>(std::move(socket), context_));
      boost::asio::co_spawn(acceptor_.get_executor(), std::move(task), boost::asio::detached);
    }
  }

  Task<> serve(ssl::stream<tcp::socket> stream) {
    constexpr auto quietly = boost::asio::as_tuple(boost::asio::use_awaitable);
    const auto [refused] = co_await stream.async_handshake(ssl::stream_base::server, quietly);
    if (refused) co_return;
    ++handshakes_;
    if (SSL_session_reused(stream.native_handle()) != 0) ++resumed_;
    std::array<char, 4096> request{};
    co_await stream.async_read_some(boost::asio::buffer(request), quietly);
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    co_await boost::asio::async_write(stream, boost::asio::buffer(answer), quietly);
    co_await stream.async_read_some(boost::asio::buffer(request), quietly);
  }

  ssl::context context_{ssl::context::tls_server};
  tcp::acceptor acceptor_;
  int handshakes_ = 0;
  int resumed_ = 0;
};

class TlsTest : public testing::Test {
 protected:
  std::string bundle(const Identity& identity) const {
    const auto path = folder.path() / "bundle.pem";
    identity.write_certificate(path);
    return path.string();
  }

  support::TemporaryDirectory folder;
  boost::asio::io_context io;
};

TEST_F(TlsTest, A_certificate_of_the_bundle_is_trusted) {
  const Identity identity("127.0.0.1");
  const TlsServer server(io, identity);
  CurlHttp http(io, {.ca_bundle = bundle(identity)});
  const auto outcome = loopback::run(io, http.send({.url = server.url(), .direct = true}));
  ASSERT_TRUE(outcome) << outcome.error().reason;
  EXPECT_EQ(outcome->body, "ok");
}

TEST_F(TlsTest, Any_other_certificate_is_refused_before_anything_is_sent) {
  const Identity identity("127.0.0.1");
  const TlsServer server(io, identity);
  CurlHttp http(io);
  const auto outcome = loopback::run(io, http.send({.url = server.url(), .direct = true}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().stage, Broken::Stage::before_sending);
  EXPECT_THAT(outcome.error().reason, testing::HasSubstr("certificate"));
}

TEST_F(TlsTest, A_certificate_of_another_host_is_refused) {
  const Identity identity("127.0.0.2");
  const TlsServer server(io, identity);
  CurlHttp http(io, {.ca_bundle = bundle(identity)});
  const auto outcome = loopback::run(io, http.send({.url = server.url(), .direct = true}));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().stage, Broken::Stage::before_sending);
}

TEST_F(TlsTest, A_fresh_connection_resumes_the_session) {
  const Identity identity("127.0.0.1");
  const TlsServer server(io, identity);
  CurlHttp http(io, {.ca_bundle = bundle(identity)});
  const Request request{.url = server.url(), .fresh_connection = true, .direct = true};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(loopback::run(io, http.send(request)));
  EXPECT_EQ(server.handshakes(), 3);
  EXPECT_EQ(server.resumed(), 2);
}

}  // namespace
