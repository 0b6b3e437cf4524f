#include "shared/written_pages.h"

#include <stddef.h>
#include <sys/mman.h>

enum { PAGE_SHIFT = 12 };

void written_pages_populate(const struct page_range *ranges, enum written_by whom)
{
    enum written_by list = BY_EVERY_RUN;
    for (const struct page_range *each = ranges; each < ranges + RANGES_MAX && list <= whom; each++)
        if (!each->count)
            list++;
        else if (list == whom)
            madvise((void *)((uintptr_t)each->first << PAGE_SHIFT), (size_t)each->count << PAGE_SHIFT, MADV_POPULATE_WRITE);
}
