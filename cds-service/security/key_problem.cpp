// Promises: what key_problem.hpp says.
#include "cds-service/security/key_problem.hpp"

namespace cofactor::service::security {

std::string_view name_of(KeyFault fault) {
  switch (fault) {
    case KeyFault::set_too_large:
      return "set-too-large";
    case KeyFault::set_malformed:
      return "set-malformed";
    case KeyFault::set_too_many_keys:
      return "set-too-many-keys";
    case KeyFault::malformed:
      return "malformed";
    case KeyFault::kid_missing:
      return "kid-missing";
    case KeyFault::kid_repeated:
      return "kid-repeated";
    case KeyFault::type_unknown:
      return "type-unknown";
    case KeyFault::symmetric:
      return "symmetric";
    case KeyFault::private_members:
      return "private-members";
    case KeyFault::not_for_signatures:
      return "not-for-signatures";
    case KeyFault::algorithm_wrong:
      return "algorithm-wrong";
    case KeyFault::rsa_size:
      return "rsa-size";
    case KeyFault::rsa_exponent:
      return "rsa-exponent";
    case KeyFault::rsa_weak_modulus:
      return "rsa-weak-modulus";
    case KeyFault::point_not_on_curve:
      return "point-not-on-curve";
    case KeyFault::test_key:
      return "test-key";
  }
  return "malformed";
}

}  // namespace cofactor::service::security
