// Promises: see caller_network.hpp.
#include "cds-service/http/caller_network.hpp"

#include <utility>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

namespace cofactor::service::http {
namespace {

namespace asio_ip = boost::asio::ip;

constexpr std::size_t kNetwork = 8;
constexpr std::array<unsigned char, 12> kTranslated{0x00, 0x64, 0xff, 0x9b};  // 64:ff9b::/96 (RFC 6052)

}  // namespace

std::string caller_network(std::string_view address) {
  if (address.find(':') == std::string_view::npos) return std::string(address);
  const std::string_view interface = address.substr(std::min(address.find('%'), address.size()));
  boost::system::error_code failed;
  const auto whole = asio_ip::make_address_v6(std::string(address.substr(0, address.size() - interface.size())), failed);
  if (failed) return std::string(address);
  auto bytes = whole.to_bytes();
  if (whole.is_v4_mapped() || std::equal(kTranslated.begin(), kTranslated.end(), bytes.begin()))
    return asio_ip::address_v4({bytes[12], bytes[13], bytes[14], bytes[15]}).to_string();
  std::fill(bytes.begin() + kNetwork, bytes.end(), 0);
  return asio_ip::address_v6(bytes).to_string().append(interface).append("/64");
}

}  // namespace cofactor::service::http
