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

// (tanh(x) / x - 1) / x^2 in x^2, for |x| <= 1. Relative error of tanh 2^-24.1.
inline constexpr double tanhQuickF[] = {-0x1.55546cp-2, 0x1.10ecb2p-3,
                                        -0x1.b641dcp-5, 0x1.4d8f32p-6,
                                        -0x1.9a2970p-8, 0x1.155a94p-10};

// sinh(r) = r + r z p(z) and cosh(r) = 1 + z q(z), z = r^2, |r| <= ln(2)/2. Relative
// errors 2^-26.16 and 2^-61.69, 2^-33.26 and 2^-57.98.
inline constexpr double sinhF[] = {
    0x1.5554aep-3, 0x1.122942p-7};
inline constexpr double sinhD[] = {
    0x1.5555555555559p-3, 0x1.111111110f624p-7, 0x1.a01a01b0250cdp-13,
    0x1.71ddf79e12d85p-19, 0x1.af601c82ba15bp-26};
inline constexpr double coshF[] = {
    0x1p-1, 0x1.5554e6p-5, 0x1.6d4f54p-10};
inline constexpr double coshD[] = {
    0x1.000000000000cp-1, 0x1.555555554fd32p-5, 0x1.6c16c18652bbep-10,
    0x1.a01994b3caab6p-16, 0x1.28b2136e22085p-22};

// log(1 + f) = 2 s + s z p(z) with s = f / (2 + f), z = s^2, for 1 + f in
// [sqrt(1/2), sqrt(2)].
// Relative errors 2^-30.19 and 2^-59.48.
inline constexpr double logF[] = {0x1.55557ap-1, 0x1.995eccp-2, 0x1.31e23ep-2};
inline constexpr double logD[] = {0x1.5555555555593p-1, 0x1.999999997f9f8p-2,
                                  0x1.249249422a474p-2, 0x1.c71c51d7cd1d4p-3,
                                  0x1.746649b00b76p-3,  0x1.39a0957cf9f35p-3,
                                  0x1.2f118009094a6p-3};
// (log(1 + f) - f) / f^2 for 1 + f in [2/3, 4/3]: without a division. Relative error of
// the logarithm 2^-25.2.
inline constexpr double logQuickF[] = {
    -0x1.ffffd6p-2, 0x1.5554fcp-2, -0x1.001450p-2, 0x1.99d3a8p-3,
    -0x1.503884p-3, 0x1.1ea94cp-3, -0x1.3b0e5ep-3, 0x1.1f243ep-3};

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

// erf(x) = x + x p(x^2), |x| <= 0.92. Relative errors 2^-25.95 and 2^-53.79.
inline constexpr double erfF[] = {
    0x1.06eba6p-3, -0x1.8126eap-2, 0x1.ce1b0ep-4, -0x1.b6939p-6,
    0x1.476884p-8, -0x1.3ac5a4p-11};
inline constexpr double erfD[] = {
    0x1.06eba8214db66p-3, -0x1.812746b03787bp-2, 0x1.ce2f21a0321edp-4,
    -0x1.b82ce30dc90cap-6, 0x1.565bcc5bd6688p-8, -0x1.c02d954d5dd41p-11,
    0x1.f99fd9ab86f63p-14, -0x1.f497adad9a2a8p-17, 0x1.b743918ad7f4dp-20,
    -0x1.4c54214b4f802p-23, 0x1.5a6f205c48feep-27};

// The same for |x| <= 1/2 with the errors of erf 2^-30.95 and 2^-59.60.
inline constexpr double erfNearF[] = {
    0x1.06eba8p-3, -0x1.81272ep-2, 0x1.ce2362p-4, -0x1.b63a94p-6,
    0x1.33ecf6p-8};
inline constexpr double erfNearD[] = {
    0x1.06eba8214db67p-3, -0x1.812746b03792dp-2, 0x1.ce2f21a03607ap-4,
    -0x1.b82ce30c35335p-6, 0x1.565bcb59b5583p-8, -0x1.c02d2983ee289p-11,
    0x1.f9888ea35294p-14, -0x1.f1c61d480f70ap-17, 0x1.887c9204a1148p-20};

// erfc(a) = 2^p(a) for a from 0.92 to 4 (f32) and 6 (f64), beyond which p falls on.
// Errors of erfc 2^-24.97 and 2^-56.02, in f32 2^-25.81 near the lower end.
inline constexpr double erfTailF[] = {
    -0x1.4ba4a2p-9, -0x1.9de5aep+0, -0x1.e0274ap-1, -0x1.0ec056p-3,
    0x1.74a4aep-6, -0x1.e2f58ap-10};
inline constexpr double erfTailD[] = {
    -0x1.c49494c3e642cp-22, -0x1.a0be396207617p+0, -0x1.d641aefd70ba3p-1,
    -0x1.2f85c1605823ep-3, 0x1.c1efa9a8a68ecp-6, 0x1.07dd3d2e1ae4p-11,
    -0x1.5e2200d3b469dp-9, 0x1.0fd4fd4a24341p-10, -0x1.3565e317b8846p-13,
    -0x1.baf16a705becbp-15, 0x1.61cefc8ba974bp-15, -0x1.01887d4e5cdcap-16,
    0x1.f87fa5c6dc1dfp-19, -0x1.62c7abb9bc8b5p-21, 0x1.64fb4d06b043ap-24,
    -0x1.eb08fe66c5027p-28, 0x1.9ef499ffbf60cp-32, -0x1.457f7742ca547p-37};

// erfc(a) = e^(-a^2) p(t) / (a + 2) with t = (a - 2) / (a + 2), for a from 0.5 to
// 10.1 (f32) and 27.3 (f64). Relative errors 2^-25.72 and 2^-54.12.
inline constexpr double erfcF[] = {
    0x1.058672p+0, -0x1.5fd384p-1, 0x1.1e2d82p-2, -0x1.2a8bcep-5,
    -0x1.600a68p-6, 0x1.a8da36p-8, 0x1.856bc6p-9, -0x1.af1d1ep-11,
    -0x1.c3f434p-12};
inline constexpr double erfcD[] = {
    0x1.058671b52c776p+0, -0x1.5fd386754efecp-1, 0x1.1e2deea6b10ep-2,
    -0x1.2a88e61084676p-5, -0x1.606e4154fca07p-6, 0x1.a89eb001c1f05p-8,
    0x1.9517bb4417a75p-9, -0x1.b6fbff5ebb4e2p-11, -0x1.5ba42c47b0586p-11,
    0x1.2057fafdcce8fp-15, 0x1.2ef829e9ba7ecp-13, 0x1.1e5da74b40adfp-15,
    -0x1.6b9562ef6822ap-16, -0x1.0dc324a7630b8p-16, -0x1.4ace992433749p-20,
    0x1.de6a572c90454p-19, 0x1.323f0a2f32956p-19, 0x1.4e953f5e5ab9ap-25,
    -0x1.08d81c246e5a3p-20, -0x1.cbd1e78dba3a7p-23, 0x1.34b4414ddea39p-22,
    -0x1.0b598bffd1a82p-25};

// e^-r = 1 + r p(r) for |r| <= ln(2)/2. Relative errors 2^-26.16 and 2^-57.58.
inline constexpr double decayF[] = {
    -1, 0x1.ffffacp-2, -0x1.5554aep-3, 0x1.559b44p-5, -0x1.122944p-7,
    0x1.391216p-10};
inline constexpr double decayD[] = {
    -1, 0x1.000000000000fp-1, -0x1.5555555555587p-3,
    0x1.555555554ed14p-5, -0x1.11111110ffe87p-7, 0x1.6c16c18990c18p-10,
    -0x1.a01a0214b1638p-13, 0x1.a0198cb5ebc0bp-16, -0x1.71dcfbd926617p-19,
    0x1.28b8b9df50372p-22, -0x1.b10c4635778bdp-26};

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
