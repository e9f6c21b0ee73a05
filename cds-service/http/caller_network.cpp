// Promises: see caller_network.hpp.
#include "cds-service/http/caller_network.hpp"

#include <utility>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>

namespace cofactor::service::http {

std::string caller_network(std::string_view address) {
  using boost::asio::ip::address_v6;
  if (address.find(':') == std::string_view::npos) return std::string(address);
  boost::system::error_code failed;
  const auto whole = boost::asio::ip::make_address_v6(std::string(address), failed);
  if (failed) return std::string(address);
  if (whole.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, whole).to_string();
  auto bytes = whole.to_bytes();
  constexpr std::size_t kNetwork = 8;
  std::fill(bytes.begin() + kNetwork, bytes.end(), 0);
  return address_v6(bytes).to_string() + "/64";
}

}  // namespace cofactor::service::http
