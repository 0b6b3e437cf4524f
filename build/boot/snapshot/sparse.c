/* Memory of the snapshot with a few words in much that is zero, above all CPython's map of its arenas: the words are kept in
 * the snapshot's head and set after the restore, so that the zeros around them need no place in the file. */
#include "snapshot/sparse.h"

#include "snapshot/format.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, FEW = 8 }; /* words of a page of the heap that are worth it */

static uint64_t *next_word(uint64_t *from, const uint64_t *end)
{
    while (from < end && !*from)
        from++;
    return from;
}

static size_t words_in(uint64_t *from, const uint64_t *end)
{
    size_t count = 0;
    for (; (from = next_word(from, end)) < end; from++)
        count++;
    return count;
}

static void lift(uint64_t *from, const uint64_t *end)
{
    for (; (from = next_word(from, end)) < end; from++) {
        if (SNAPSHOT->word_count == WORDS_MAX)
            abort();
        SNAPSHOT->words[SNAPSHOT->word_count].place = from;
        SNAPSHOT->words[SNAPSHOT->word_count++].value = *from;
        *from = 0;
    }
}

/* Build time only: the section for it, and the heap from its end on, as long as there are few. */
void sparse_lift(char *heap_end)
{
    lift((uint64_t *)__sparse_start, (uint64_t *)__sparse_end);
    for (char *page = heap_end - PAGE; page > SNAPSHOT_BASE; page -= PAGE) {
        uint64_t *start = (uint64_t *)page, *end = start + PAGE / sizeof *end;
        size_t count = words_in(start, end);
        if (count > FEW || SNAPSHOT->word_count + count > WORDS_MAX)
            return;
        lift(start, end);
    }
}

void sparse_restore(void)
{
    for (unsigned i = 0; i < SNAPSHOT->word_count; i++)
        *SNAPSHOT->words[i].place = SNAPSHOT->words[i].value;
}
