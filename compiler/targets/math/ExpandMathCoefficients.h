//===- ExpandMathCoefficients.h - polynomials of the elementary functions -===//
//
// Minimax polynomials (Remez exchange in 113-bit arithmetic, coefficients
// rounded one after another and the rest refitted; some by Sollya's fpminimax),
// lowest degree first. Each
// comment gives what is approximated, where, and the largest error before the
// rounding of the evaluation. Names end in F for f32 and D for f64.
//
//===----------------------------------------------------------------------===//

#ifndef KDSLC_TARGETS_MATH_EXPANDMATHCOEFFICIENTS_H
#define KDSLC_TARGETS_MATH_EXPANDMATHCOEFFICIENTS_H

namespace kdslc::elementary::coefficients {

// 2^f on [0, 1], constant term exactly 1 so that 2^0 = 1, and at most 2 at
// f = 1 so that no negative argument gives more than 1. In f32 the fit includes
// the rounding of the reduction, which differs: vreduceps truncates t -
// floor(t) while a subtraction rounds it to nearest. Exchanging the two sets
// costs 0.4 ulp; rounding t to nearest instead of down would cost a degree.
inline constexpr double exp2TruncatedF[] = {0x1p+0,        0x1.62e512p-1,
                                            0x1.ebceep-3,  0x1.c9b0fap-5,
                                            0x1.24bc84p-7, 0x1.f26532p-10};
inline constexpr double exp2RoundedF[] = {0x1p+0,        0x1.62e50ep-1,
                                          0x1.ebced4p-3, 0x1.c9b1fp-5,
                                          0x1.24ba48p-7, 0x1.f26374p-10};
// Degree 6, where there is no fused multiply-add and each step rounds twice.
inline constexpr double exp2UnfusedF[] = {
    0x1p+0,        0x1.62e428p-1,  0x1.ebfdb4p-3, 0x1.c6835p-5,
    0x1.3d3b94p-7, 0x1.45701ap-10, 0x1.c90f24p-13};
// Degree 4: 35 ulp.
inline constexpr double exp2FastF[] = {0x1p+0, 0x1.62d352p-1, 0x1.ee7b0ap-3,
                                       0x1.a99432p-5, 0x1.bd06dp-7};
// Relative error 2^-58.05.
inline constexpr double exp2D[] = {1,
                                   0x1.62e42fefa39f5p-1,
                                   0x1.ebfbdff82c01bp-3,
                                   0x1.c6b08d7066659p-5,
                                   0x1.3b2ab6f7136c9p-7,
                                   0x1.5d87ff5281b7dp-10,
                                   0x1.4308f993084eap-13,
                                   0x1.ffcfd87217995p-17,
                                   0x1.628e7bd0ff1ffp-20,
                                   0x1.b86899e8ee521p-24,
                                   0x1.c280e8e19612fp-28,
                                   0x1.58bf6c8c89a3dp-31};
// Relative error 2^-46.00.
inline constexpr double exp2FastD[] = {1,
                                       0x1.62e42fefa7d9ap-1,
                                       0x1.ebfbdff564f69p-3,
                                       0x1.c6b08e0fbfd64p-5,
                                       0x1.3b2aa598e3b44p-7,
                                       0x1.5d8a1f81f7c11p-10,
                                       0x1.42e110b839a91p-13,
                                       0x1.01b0e5da8a3c5p-16,
                                       0x1.4a53e65d1ffcep-20,
                                       0x1.33a293141af97p-23};

// e^r = 1 + r + r^2 p(r) for |r| <= ln(2)/2; the error is that of e^r - 1.
// Relative errors 2^-26.08 and 2^-55.46.
inline constexpr double expF[] = {0x1.fffffep-2, 0x1.5554aap-3, 0x1.55579ap-5,
                                  0x1.122c38p-7, 0x1.6ac052p-10};
inline constexpr double expD[] = {0x1.0000000000005p-1,  0x1.5555555555544p-3,
                                  0x1.5555555552033p-5,  0x1.1111111115487p-7,
                                  0x1.6c16c17f83638p-10, 0x1.a01a018f86b93p-13,
                                  0x1.a019a56b9a1afp-16, 0x1.71de3e7dc9562p-19,
                                  0x1.28a3ec96402acp-22, 0x1.aef6e61df5341p-26};

// log(1 + f) = 2 s + s z p(z) with s = f / (2 + f), z = s^2, for 1 + f in
// [sqrt(1/2), sqrt(2)].
// Relative errors 2^-30.19 and 2^-59.48.
inline constexpr double logF[] = {0x1.55557ap-1, 0x1.995eccp-2, 0x1.31e23ep-2};
inline constexpr double logD[] = {0x1.5555555555593p-1, 0x1.999999997f9f8p-2,
                                  0x1.249249422a474p-2, 0x1.c71c51d7cd1d4p-3,
                                  0x1.746649b00b76p-3,  0x1.39a0957cf9f35p-3,
                                  0x1.2f118009094a6p-3};

// atanh(s) / s = 1 + z/3 + z^2 p(z) with z = s^2 as above.
// Relative errors 2^-36.77 and 2^-66.27: a power multiplies them by log2 of its
// size.
inline constexpr double powLogF[] = {0x1.999ap-3, 0x1.24527ap-3, 0x1.dfa308p-4};
inline constexpr double powLogD[] = {0x1.9999999999b33p-3, 0x1.249249245778p-3,
                                     0x1.c71c722def472p-4, 0x1.745ce9b29794dp-4,
                                     0x1.3b1ef526993cbp-4, 0x1.0f7f0e419b3c1p-4,
                                     0x1.0e4adf681dabep-4};

// sin(r) = r + r z p(z), z = r^2, |r| <= 1.66 (f32), 1.6 (f64): half a turn, and
// what the rounding of its count adds. Relative errors 2^-26.42 and 2^-60.99.
inline constexpr double sinHalfF[] = {-0x1.555546p-3, 0x1.110de4p-7,
                                      -0x1.9f443p-13, 0x1.5b56f6p-19};
inline constexpr double sinHalfD[] = {
    -0x1.5555555555555p-3,  0x1.11111111110c1p-7,  -0x1.a01a01a01438p-13,
    0x1.71de3a524c868p-19,  -0x1.ae6454a8bdc09p-26, 0x1.6123c11414bc1p-33,
    -0x1.ae4037480e7a6p-41, 0x1.87d5a202a436fp-49};

// The same for |r| <= 0.84 and 0.8. Relative errors 2^-27.14 and 2^-57.54.
inline constexpr double sinF[] = {-0x1.55553ep-3, 0x1.11046cp-7,
                                  -0x1.985676p-13};
inline constexpr double sinD[] = {
    -0x1.5555555555545p-3, 0x1.111111110f281p-7,   -0x1.a01a019b51f18p-13,
    0x1.71de34d0fd286p-19, -0x1.ae5de34ff438bp-26, 0x1.5d6cf65ff9cfp-33};

// cos(r) = 1 - z/2 + z^2 p(z), z = r^2, |r| <= 0.84 and 0.8. Relative errors
// 2^-31.94 and 2^-63.52.
inline constexpr double cosF[] = {0x1.555544p-5, -0x1.6c08bep-10,
                                  0x1.98fd64p-16};
inline constexpr double cosD[] = {
    0x1.5555555555548p-5,   -0x1.6c16c16c149a9p-10, 0x1.a01a019befa6bp-16,
    -0x1.27e4f77ebfeacp-22, 0x1.1ee98deec25f1p-29,  -0x1.8f7e4238c61abp-37};

// atan(r) = r + r z p(z), z = r^2, |r| <= 1. Relative errors 2^-25.83 and 2^-54.97.
inline constexpr double atanF[] = {
    -0x1.5554dcp-2, 0x1.9978ecp-3, -0x1.230a94p-3, 0x1.b4debp-4,
    -0x1.3550dap-4, 0x1.61eebp-5, -0x1.0c17d4p-6, 0x1.7ea694p-9};
inline constexpr double atanD[] = {
    -0x1.555555555544cp-2, 0x1.999999998410ep-3, -0x1.2492491fa20bp-3,
    0x1.c71c709e18289p-4, -0x1.745d0230e8bedp-4, 0x1.3b12b2e7c0d92p-4,
    -0x1.11089cfadea4bp-4, 0x1.e17816e3e5d08p-5, -0x1.ad32b915fd74p-5,
    0x1.7ee3f2a5afc2cp-5, -0x1.4f4519f12260bp-5, 0x1.1715cd8e921d3p-5,
    -0x1.a72685a6a6916p-6, 0x1.162c19f9eaa4p-6, -0x1.2cf73669b8dcfp-7,
    0x1.f96c52aec5e4ep-9, -0x1.3129e85abafap-10, 0x1.d3ba7373e2bap-13,
    -0x1.53e544d166c47p-16};

// asin(r) = r + r z p(z), z = r^2, |r| <= 1/2.
// Relative errors 2^-27.58 and 2^-55.87.
inline constexpr double asinF[] = {0x1.5555cap-3, 0x1.33016ap-4, 0x1.748a2cp-5,
                                   0x1.8bb536p-6, 0x1.59cc92p-5};
inline constexpr double asinD[] = {
    0x1.5555555555387p-3, 0x1.333333336f881p-4,  0x1.6db6db41d4143p-5,
    0x1.f1c72c6d3dbe8p-6, 0x1.6e89ef7b7afcap-6,  0x1.1c6c27a4534aep-6,
    0x1.c6f87fe1d5379p-7, 0x1.8ee497a2921b4p-7,  0x1.aab4332224127p-8,
    0x1.40b18208ff30ap-6, -0x1.0af43c274b9bdp-6, 0x1.05ce24c58876bp-5};

// erf(x) = x + x p(x^2), |x| <= 1.
// Relative errors 2^-29.55 and 2^-55.58.
inline constexpr double erfF[] = {0x1.06eba8p-3, -0x1.81274p-2, 0x1.ce2d5p-4,
                                  -0x1.b7fe9p-6, 0x1.542e1p-8,  -0x1.a50b0ep-11,
                                  0x1.4c345p-14};
inline constexpr double erfD[] = {
    0x1.06eba8214db68p-3,  -0x1.812746b03799cp-2,  0x1.ce2f21a03f78dp-4,
    -0x1.b82ce311a3106p-6, 0x1.565bccedd858cp-8,   -0x1.c02dae8ab4237p-11,
    0x1.f9a29223a9bc6p-14, -0x1.f4c7e3b0269f6p-17, 0x1.b968484501e31p-20,
    -0x1.5b78f42b79abp-23, 0x1.d353268171ee9p-27,  -0x1.a09843f64f351p-31};

// erfc(a) = e^(-a^2) p(t) / (1 + 2 a) with t = (a - 3) / (a + 3), for a from
// 0.5 to 10.1 (f32) and 27.3 (f64). Relative errors 2^-24.19 and 2^-54.14.
inline constexpr double erfcF[] = {
    0x1.40c522p+0,  -0x1.15c098p-3, -0x1.85967ep-5, 0x1.09867cp-3,
    -0x1.e8e2d2p-4, 0x1.1779e4p-4,  -0x1.7e59a8p-6, 0x1.7decb8p-9,
    0x1.2d08d6p-10, -0x1.6c94b2p-10};
inline constexpr double erfcD[] = {
    0x1.40c522d7e4987p+0,   -0x1.15c084bb9e8efp-3,  -0x1.85a15c58a9c38p-5,
    0x1.098366a5b446cp-3,   -0x1.e88b803a5c3a6p-4,  0x1.17ca2877fde3bp-4,
    -0x1.8574c40477595p-6,  0x1.4b884e222cd18p-9,   0x1.ef1bd7818811fp-10,
    -0x1.98db4ac66b778p-11, -0x1.b90fd4586e234p-14, 0x1.065981f2839b4p-13,
    0x1.4b68d2d241ceap-18,  -0x1.5121d3ae53bdp-16,  -0x1.77c9459efd6e6p-21,
    0x1.cfc72b8f9f58ap-19,  0x1.42da9d64247a6p-22,  -0x1.3b0f9d99dadp-21,
    -0x1.5f7d2d50fa137p-24, 0x1.36cb0d872a2f6p-24,  0x1.0582e17fd6126p-27};

// log(gamma(2 + r)) = (1 - euler) r + r^2 p(r), |r| <= 1/2.
// Relative error 2^-53.88.
inline constexpr double lgammaD[] = {
    0x1.4a34cc4a60fa6p-2,   -0x1.13e001a557607p-4,  0x1.51322ac7d832ep-6,
    -0x1.e404fc218ec0dp-8,  0x1.7add6eadfd833p-9,   -0x1.38ac5c2ca339ep-10,
    0x1.0b36af5914e59p-11,  -0x1.d3fd4bcfe9296p-13, 0x1.a127cdbff817dp-14,
    -0x1.78de88254ade4p-15, 0x1.5808a8ea3080ap-16,  -0x1.3cb5b051eca8ap-17,
    0x1.262153535a3bbp-18,  -0x1.125875b65a776p-19, 0x1.f02fc307da8e6p-21,
    -0x1.d01a4913d5330p-22, 0x1.2715de1b4de70p-22,  -0x1.1c7dfcd4d5e4ap-23};

// log(gamma(a)) = (a - 1/2) log(a) - a + log(2 pi) / 2 + p(1/a^2) / a for
// a >= 6.5. Relative error 2^-52.96.
inline constexpr double stirlingD[] = {
    0x1.5555555555555p-4,   -0x1.6c16c16c045b9p-9, 0x1.a01a00c99dd7ep-11,
    -0x1.3812a0b3cc638p-11, 0x1.b8e2b4c6eb6b8p-11, -0x1.e85f7e44336ddp-10,
    0x1.2a4b088ab93adp-8};

// sin(pi d) / pi = d + d z p(z), z = d^2, |d| <= 1/2. Relative error 2^-61.33.
inline constexpr double sinPiD[] = {
    -0x1.a51a6625307d3p+0,  0x1.9f9cb402bc429p-1,  -0x1.86a8e4720a1dbp-3,
    0x1.ac6805cc8998fp-6,   -0x1.33816997b9005p-9, 0x1.3746a183bcae7p-13,
    -0x1.d3e6a343e1054p-18, 0x1.074369f175f40p-22};

} // namespace kdslc::elementary::coefficients

#endif // KDSLC_TARGETS_MATH_EXPANDMATHCOEFFICIENTS_H
