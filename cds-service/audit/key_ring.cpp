// Promises: what key_ring.hpp says, by OpenSSL 3 EVP with contexts that are made once and used again.
#include "cds-service/audit/key_ring.hpp"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace cofactor::service::audit {
namespace {

constexpr std::size_t key_size = 32, tag_size = 16;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += digits[static_cast<unsigned char>(c) >> 4];
    text += digits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

bool unhex(std::string_view text, std::string& bytes) {
  if (text.size() != 2 * key_size || text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return false;
  bytes.clear();
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16));
  }
  return true;
}

std::string associated_data(const SealContext& context) {
  std::string data(context.stream);
  for (int shift = 56; shift >= 0; shift -= 8) {
    data += static_cast<char>(static_cast<std::uint64_t>(context.seq) >> shift);
  }
  return data;
}

struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Mac = std::unique_ptr<EVP_MAC_CTX, FreeMac>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

Mac new_mac(const std::string& key) {
  EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  Mac context(EVP_MAC_CTX_new(algorithm));
  EVP_MAC_free(algorithm);
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                   OSSL_PARAM_construct_end()};
  if (!context || EVP_MAC_init(context.get(), bytes_of(key), key.size(), parameters) != 1) {
    throw std::runtime_error("OpenSSL gives no HMAC-SHA256");
  }
  return context;
}

Cipher new_cipher(const std::string& key, bool encrypt) {
  Cipher context(EVP_CIPHER_CTX_new());
  if (!context ||
      EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), nullptr, encrypt ? 1 : 0) != 1) {
    throw std::runtime_error("OpenSSL gives no AES-256-GCM");
  }
  return context;
}

std::string mac_of(EVP_MAC_CTX* context, std::initializer_list<std::string_view> parts) {
  std::array<unsigned char, 32> out{};
  std::size_t size = 0;
  bool good = EVP_MAC_init(context, nullptr, 0, nullptr) == 1;
  for (const auto part : parts) good = good && EVP_MAC_update(context, bytes_of(part), part.size()) == 1;
  good = good && EVP_MAC_final(context, out.data(), &size, out.size()) == 1;
  if (!good) throw std::runtime_error("OpenSSL could not compute an HMAC");
  return {reinterpret_cast<const char*>(out.data()), tag_size};
}

struct KeyPair {
  std::int64_t kid = 0;
  std::string index_key, encryption_key;
  Mac mac;
  Cipher sealing, opening;

  KeyPair(std::int64_t id, std::string index, std::string encryption)
      : kid(id), index_key(std::move(index)), encryption_key(std::move(encryption)) {
    mac = new_mac(index_key);
    sealing = new_cipher(encryption_key, true);
    opening = new_cipher(encryption_key, false);
  }
  KeyPair(KeyPair&&) = default;
  KeyPair& operator=(KeyPair&&) = default;
  ~KeyPair() {
    OPENSSL_cleanse(index_key.data(), index_key.size());
    OPENSSL_cleanse(encryption_key.data(), encryption_key.size());
  }
};

Failure cannot(const std::string& path, const std::string& what) {
  return Failure{"audit-key-missing", "the audit key file `" + path + "` cannot be " + what + ": " +
                                          std::strerror(errno) + "; check the path and the service account's rights"};
}

struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
};

}  // namespace

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(bytes_of(bytes), static_cast<int>(count)) != 1) {
    throw std::runtime_error("the system gives no random bytes");
  }
  return bytes;
}

std::string NonceSource::next() {
  std::string nonce = prefix_;
  const std::uint64_t number = counter_++;
  for (int shift = 40; shift >= 0; shift -= 8) nonce += static_cast<char>(number >> shift);
  return nonce;
}

struct KeyRing::State {
  std::vector<KeyPair> pairs;
  KeyPair* find(std::int64_t kid) {
    for (auto& pair : pairs) {
      if (pair.kid == kid) return &pair;
    }
    return nullptr;
  }
};

KeyRing::KeyRing(std::unique_ptr<State> state) : state_(std::move(state)) {}
KeyRing::~KeyRing() = default;
KeyRing::KeyRing(KeyRing&&) noexcept = default;
KeyRing& KeyRing::operator=(KeyRing&&) noexcept = default;

Result<KeyRing> KeyRing::load(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0) return tl::unexpected(cannot(path, "opened"));
  struct stat status {};
  if (::fstat(file.number, &status) != 0) return tl::unexpected(cannot(path, "examined"));
  if ((status.st_mode & 0077) != 0) {
    return fail("audit-key-exposed", "the audit key file `" + path +
                                         "` can be read or written by others than its owner; set its mode to 0600");
  }
  std::string text(static_cast<std::size_t>(std::min<off_t>(status.st_size, 1 << 20)), '\0');
  const auto count = ::read(file.number, text.data(), text.size());
  if (count < 0) return tl::unexpected(cannot(path, "read"));
  text.resize(static_cast<std::size_t>(count));

  auto state = std::make_unique<State>();
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string k, i, e, index_hex, encryption_hex, index, encryption;
    std::int64_t kid = 0;
    words >> k >> kid >> i >> index_hex >> e >> encryption_hex;
    if (!words || k != "kid" || i != "index" || e != "encrypt" || kid < 1 || !unhex(index_hex, index) ||
        !unhex(encryption_hex, encryption) || state->find(kid) != nullptr) {
      return fail("audit-key-malformed",
                  "the audit key file `" + path + "` cannot be understood at line " + std::to_string(number));
    }
    state->pairs.emplace_back(kid, std::move(index), std::move(encryption));
  }
  OPENSSL_cleanse(text.data(), text.size());
  if (state->pairs.empty()) return fail("audit-key-malformed", "the audit key file `" + path + "` holds no key");
  return KeyRing(std::move(state));
}

Result<KeyRing> KeyRing::create(const std::string& path) {
  {
    const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (file.number < 0) return tl::unexpected(cannot(path, "created"));
    std::string text =
        "# Keys of the Cofactor audit store. Keep a copy apart from the store: without this file no patient id in\n"
        "# the store can be read again. Whoever has it can read them all.\nkid 1 index " +
        hex(random_bytes(key_size)) + " encrypt " + hex(random_bytes(key_size)) + "\n";
    const auto written = ::write(file.number, text.data(), text.size());
    OPENSSL_cleanse(text.data(), text.size());
    if (written != static_cast<ssize_t>(text.size()) || ::fsync(file.number) != 0) {
      auto failure = cannot(path, "written");
      ::unlink(path.c_str());
      return tl::unexpected(std::move(failure));
    }
  }
  // The name must survive a power loss too, or the first records would be sealed for ever.
  const auto folder = std::filesystem::absolute(path).parent_path();
  const Descriptor directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.number < 0 || ::fsync(directory.number) != 0) return tl::unexpected(cannot(path, "made durable"));
  return load(path);
}

std::int64_t KeyRing::current() const { return state_->pairs.back().kid; }

std::vector<std::int64_t> KeyRing::ids() const {
  std::vector<std::int64_t> ids;
  for (const auto& pair : state_->pairs) ids.push_back(pair.kid);
  return ids;
}

std::string KeyRing::fingerprint(std::int64_t kid) const {
  auto* pair = state_->find(kid);
  if (pair == nullptr) return {};
  const auto encryption = new_mac(pair->encryption_key);
  return mac_of(pair->mac.get(), {"fingerprint"}) + mac_of(encryption.get(), {"fingerprint"});
}

std::string KeyRing::patient_tag(std::int64_t kid, std::string_view issuer, std::string_view id) {
  auto* pair = state_->find(kid);
  if (pair == nullptr) return {};
  const std::string_view separator("\0", 1);
  return mac_of(pair->mac.get(), {"patient", separator, issuer, separator, id});
}

std::string KeyRing::seal(std::string_view text, std::string nonce, const SealContext& context) {
  auto* cipher = state_->pairs.back().sealing.get();
  const auto data = associated_data(context);
  std::string sealed = std::move(nonce);
  sealed.resize(NonceSource::size + text.size() + tag_size);
  auto* out = bytes_of(sealed);
  int size = 0;
  const bool good =
      EVP_EncryptInit_ex(cipher, nullptr, nullptr, nullptr, out) == 1 &&
      EVP_EncryptUpdate(cipher, nullptr, &size, bytes_of(data), static_cast<int>(data.size())) == 1 &&
      EVP_EncryptUpdate(cipher, out + NonceSource::size, &size, bytes_of(text), static_cast<int>(text.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher, out + NonceSource::size + text.size(), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, tag_size, out + NonceSource::size + text.size()) == 1;
  if (!good) throw std::runtime_error("OpenSSL could not encrypt");
  return sealed;
}

Result<std::string> KeyRing::open(std::int64_t kid, std::string_view sealed, const SealContext& context) {
  auto* pair = state_->find(kid);
  if (pair == nullptr) {
    return fail("audit-key-mismatch", "the key file has no audit key " + std::to_string(kid) +
                                          "; use the key file that was in force when the record was written");
  }
  if (sealed.size() < NonceSource::size + tag_size) return fail("audit-key-mismatch", "a sealed text is too short");
  const auto data = associated_data(context);
  std::string tag(sealed.substr(sealed.size() - tag_size));
  const auto body = sealed.substr(NonceSource::size, sealed.size() - NonceSource::size - tag_size);
  std::string text(body.size(), '\0');
  auto* cipher = pair->opening.get();
  int size = 0;
  const bool good =
      EVP_DecryptInit_ex(cipher, nullptr, nullptr, nullptr, bytes_of(sealed)) == 1 &&
      EVP_DecryptUpdate(cipher, nullptr, &size, bytes_of(data), static_cast<int>(data.size())) == 1 &&
      EVP_DecryptUpdate(cipher, bytes_of(text), &size, bytes_of(body), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher, bytes_of(text) + text.size(), &size) == 1;
  if (!good) {
    return fail("audit-key-mismatch", "a sealed text does not open with audit key " + std::to_string(kid) +
                                          ": another key, or the record was changed");
  }
  return text;
}

}  // namespace cofactor::service::audit
