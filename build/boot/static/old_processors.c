/* In place of libm's functions for processors that have AVX or FMA4, and no FMA: they do what all others do. What is for
 * FMA stays. */
#define FOR_ALL(name) \
    double name##_sse2(double); \
    double name##_avx(double x) { return name##_sse2(x); } \
    double name##_fma4(double x) { return name##_sse2(x); }
#define FOR_ALL_OF_TWO(name) \
    double name##_sse2(double, double); \
    double name##_avx(double x, double y) { return name##_sse2(x, y); } \
    double name##_fma4(double x, double y) { return name##_sse2(x, y); }

FOR_ALL(__sin)
FOR_ALL(__cos)
FOR_ALL(__tan)
FOR_ALL(__atan)
FOR_ALL(__ieee754_exp)
FOR_ALL(__ieee754_log)
FOR_ALL(__ieee754_asin)
FOR_ALL(__ieee754_acos)
FOR_ALL_OF_TWO(__ieee754_atan2)
FOR_ALL_OF_TWO(__ieee754_pow)

void __sincos_sse2(double, double *, double *);
void __sincos_avx(double x, double *sin, double *cos)
{
    __sincos_sse2(x, sin, cos);
}
void __sincos_fma4(double x, double *sin, double *cos)
{
    __sincos_sse2(x, sin, cos);
}
