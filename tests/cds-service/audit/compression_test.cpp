// Contents survive compression, and damage is noticed.
#include "cds-service/audit/compression.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace cofactor::service::audit {
namespace {

TEST(Compression, RoundTripWithTheDictionary) {
  const Compressor compressor(record_dictionary());
  for (const std::string& text : {std::string(), std::string("{}"), std::string(R"({"facts":{"asOf":"2026-03-01"}})"),
                                  std::string(1 << 20, 'x')}) {
    EXPECT_EQ(decompress(compressor.compress(text), record_dictionary()).value(), text);
  }
}

TEST(Compression, AnotherDictionaryDoesNotGiveTheTextSilentlyWrong) {
  const Compressor compressor(record_dictionary());
  const std::string text(record_dictionary().substr(0, 500));
  const auto compressed = compressor.compress(text);
  const auto got = decompress(compressed, {});
  EXPECT_TRUE(!got || *got != text);
  EXPECT_EQ(decompress("not zstd", record_dictionary()).error().code, "audit-malformed");
  EXPECT_FALSE(decompress(compressed.substr(0, compressed.size() / 2), record_dictionary()));
}

TEST(Compression, ThreadsShareACompressor) {
  const Compressor compressor(record_dictionary());
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto text = R"({"thread":)" + std::to_string(t) + R"(,"i":)" + std::to_string(i) + "}";
        EXPECT_EQ(decompress(compressor.compress(text), record_dictionary()).value(), text);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(Compression, KnowledgeNeedsNoDictionary) {
  const std::string text(100'000, 'k');
  EXPECT_LT(compress_alone(text).size(), 200u);
  EXPECT_EQ(decompress(compress_alone(text), {}).value(), text);
}

}  // namespace
}  // namespace cofactor::service::audit
