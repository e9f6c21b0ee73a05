// Promises: see fhir_servers.hpp.
#include "cds-service/hooks/fhir_servers.hpp"

#include "fhir/client/trust.hpp"
#include "fhir/client/wiped_memory.hpp"

namespace cofactor::service::hooks {

std::shared_ptr<FhirServer> ClientFhir::named(std::string_view base) const {
  const fhir::client::WipeFreedMemory wiping(fhir::client::WipeFreedMemory::this_scope);  // whose server it is tells of the patient
  for (const auto& server : servers)
    if (server->client->base().same(base)) return server;
  return nullptr;
}

Result<std::shared_ptr<const ClientFhir>> FhirServers::of(const ClientConfig& client, const CallBackConfig& limits,
                                                          const std::string& where) {
  if (!limits.on || client.fhir_servers.empty()) return nullptr;
  auto out = std::make_shared<ClientFhir>();
  out->limits = limits;
  const std::lock_guard lock(mutex_);
  std::erase_if(servers_, [](const auto& each) { return each.second.expired(); });
  for (std::size_t i = 0; i < client.fhir_servers.size(); ++i) {
    const auto refused = [&](const Failure& why) {
      return fail(why.code, "`" + where + "/fhirServers/" + std::to_string(i) + "`: " + why.text);
    };
    const auto base = fhir::client::BaseUrl::read(client.fhir_servers[i]);
    if (!base) return refused(base.error());
    auto& known = servers_[{base->text(), client.fhir_ca + "@" + fhir::client::version_of_file(client.fhir_ca),
                            client.fhir_networks, limits.response_bytes}];
    auto server = known.lock();
    if (!server) {
      auto opened = open_({*base, client.fhir_ca, {client.fhir_networks}, limits.response_bytes});
      if (!opened) return refused(opened.error());
      known = server = std::make_shared<FhirServer>(std::move(*opened));
    }
    out->servers.push_back(std::move(server));
  }
  return out;
}

}  // namespace cofactor::service::hooks
