// Promises: one call on its way to its verdict: reads the token, is handed to the key source and to the replay memory,
// and gives the verdict once. Order: what costs nothing, the key, the budget, the signature, the replay.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "cds-service/security/authenticator_state.hpp"
#include "cds-service/security/claims.hpp"
#include "cds-service/security/jws.hpp"
#include "cds-service/security/wiped.hpp"

namespace cofactor::service::security {

class Judgement : public std::enable_shared_from_this<Judgement> {
 public:
  Judgement(std::shared_ptr<AuthenticatorState> state, Clock::time_point deadline, VerdictReply reply)
      : state_(std::move(state)), deadline_(deadline), reply_(std::move(reply)) {
    verdict_.at = state_->clocks.system();
  }

  void begin(const Credentials& credentials, Purpose purpose, std::string_view service_id);

 private:
  Reason read_token(const Credentials& credentials, Purpose purpose, std::string_view service_id);
  Reason fault_of_client(const JwsHeader& header, const Claims& claims, const Credentials& credentials, Purpose purpose,
                         std::string_view service_id) const;
  void with_key(KeyAnswer answer);
  void with_replay(ReplayMemory::Answer answer);
  void accept(std::size_t client, Authentication by);
  void end(Reason reason);

  const std::shared_ptr<AuthenticatorState> state_;
  const Clock::time_point deadline_;
  VerdictReply reply_;
  Verdict verdict_;
  Algorithm algorithm_ = Algorithm::es384;
  std::string kid_, peer_network_;
  Claims claims_;
  Wiped token_;  ///< may not outlive its judgement
  Wiped signature_;
};

}  // namespace cofactor::service::security
