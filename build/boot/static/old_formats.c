/* In place of Zstandard's decoders of its formats before 1.0: static/compressed_modules.c reads none of these. */
#include <stddef.h>

#define LIKE_NOTHING __attribute__((alias("fn_no_old_format")))
#define VERSION(number) \
    size_t ZSTDv##number##_createDCtx(void) LIKE_NOTHING; \
    size_t ZSTDv##number##_decompress_usingDict(void) LIKE_NOTHING; \
    size_t ZSTDv##number##_findFrameSizeInfoLegacy(void) LIKE_NOTHING; \
    size_t ZSTDv##number##_freeDCtx(void) LIKE_NOTHING; \
    size_t ZSTDv##number##_getFrameParams(void) LIKE_NOTHING; \
    size_t ZBUFFv##number##_createDCtx(void) LIKE_NOTHING; \
    size_t ZBUFFv##number##_decompressContinue(void) LIKE_NOTHING; \
    size_t ZBUFFv##number##_decompressInitDictionary(void) LIKE_NOTHING; \
    size_t ZBUFFv##number##_freeDCtx(void) LIKE_NOTHING

/* ZSTD_error_GENERIC, as size_t. */
size_t fn_no_old_format(void)
{
    return (size_t)-1;
}

VERSION(05);
VERSION(06);
VERSION(07);
