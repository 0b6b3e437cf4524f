/* The inputs that have led to new code, and how others are made of them. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_MOST = 8192 };
static struct input *kept[KEPT_MOST];
static size_t kept_count;
static uint64_t drawn;

static size_t draw(size_t below)
{
    drawn ^= drawn << 13;
    drawn ^= drawn >> 7;
    drawn ^= drawn << 17;
    return below ? (size_t)(drawn >> 11) % below : 0;
}

/* In place of `gone` bytes at a place; nothing if it would be too long. */
static void replace(struct input *input, size_t at, size_t gone, const void *bytes, size_t length)
{
    if (at + gone > input->length || input->length - gone + length > INPUT_MOST)
        return;
    memmove(input->bytes + at + length, input->bytes + at + gone, input->length - at - gone);
    memmove(input->bytes + at, bytes, length);
    input->length += length - gone;
}

static void mutate(struct input *input)
{
    static const char *const words[] = {
        "GET ", "HEAD ", "POST ", "DELETE ", "OPTIONS ", "/", "/healthz", "/_/ready", "/%41%zz?", " HTTP/1.1\r\n", " HTTP/1.0\r\n",
        "Host: a\r\n", "Content-Length: 0\r\n", "Content-Length: 5\r\n", "Content-Length: 99999999999999999999\r\n",
        "Transfer-Encoding: chunked\r\n", "transfer-encoding: gzip, chunked\r\n", "Connection: close\r\n", "Connection: keep-alive\r\n",
        "Connection: upgrade\r\nUpgrade: h2c\r\n", "Expect: 100-continue\r\n", "Expect: x\r\n", "Direktiv-ActionID: a\r\n",
        "Direktiv-Namespace: n\r\n", "Traceparent: 00-a-b-01\r\n", "Content-Type: application/cloudevents-batch+json\r\n",
        "Ce-Id: \"a\"\r\n", "\r\n", "\n", "\r", ": ", "\r\n\r\n", "5\r\nhello\r\n", "0\r\n\r\n", "0;a=b\r\nX: y\r\n\r\n", "ffffffffffffffff\r\n",
        "\r\n \tfolded", "\0", "\xff", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "content-type: a/b\r\nce-id: a\r\n",
    };
    static unsigned char bytes[INPUT_MOST];
    for (size_t times = 1 + draw(6); times; times--) {
        size_t at = draw(4) ? CONTROL + draw(input->length - CONTROL + 1) : input->length, left = input->length - at, length = draw(left < 64 ? left + 1 : 64);
        const struct input *other = kept[draw(kept_count)];
        size_t from = CONTROL + draw(other->length - CONTROL + 1);
        const char *word = words[draw(sizeof words / sizeof *words)];
        switch (draw(8)) {
        case 0:
            input->bytes[draw(CONTROL)] = (unsigned char)draw(256);
            break;
        case 1:
            if (left)
                input->bytes[at] ^= (unsigned char)(1 << draw(8));
            break;
        case 2:
            replace(input, at, length, "", 0);
            break;
        case 3:
            memcpy(bytes, input->bytes + at, length);
            replace(input, at, 0, bytes, length);
            break;
        case 4:
            replace(input, at, left, other->bytes + from, other->length - from);
            break;
        case 5: /* much of one thing */
            memset(bytes, (int)draw(256), sizeof bytes);
            replace(input, at, 0, bytes, draw(draw(3) ? 32 : INPUT_MOST));
            break;
        default:
            replace(input, at, draw(2) ? length : 0, word, *word ? strlen(word) : 1);
        }
    }
}

void mutation_keep(const struct input *input)
{
    if (kept_count == KEPT_MOST)
        return;
    kept[kept_count] = malloc(sizeof *input);
    require(kept[kept_count], "no memory");
    memcpy(kept[kept_count++], input, sizeof *input);
}

void mutation_begin(uint64_t seed)
{
    drawn = seed * 2 + 1;
}

/* Half of the time one of the last, which nobody has gone on from. */
void mutation_next(struct input *input)
{
    size_t latest = draw(kept_count < 16 ? kept_count : 16);
    memcpy(input, kept[draw(2) ? draw(kept_count) : kept_count - 1 - latest], sizeof *input);
    mutate(input);
}

size_t mutation_kept(void)
{
    return kept_count;
}
