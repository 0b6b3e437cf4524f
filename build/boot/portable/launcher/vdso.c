/* Finds the functions that the kernel lends each process: reading the clock by them needs no system call. Each kernel has
 * them elsewhere, at an address that differs from process to process. */
#include "portable/launcher/vdso.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

struct symbols {
    const ElfW(Sym) *first;
    const char *names;
    uint32_t count;
    uintptr_t shift; /* from what the object says to where it lies */
};

static uint32_t count_of(const uint32_t *hash, const uint32_t *gnu_hash)
{
    if (hash)
        return hash[1];
    if (!gnu_hash)
        return 0;
    const uint32_t *buckets = gnu_hash + 4 + gnu_hash[2] * (sizeof(ElfW(Addr)) / sizeof *gnu_hash);
    const uint32_t *chains = buckets + gnu_hash[0];
    uint32_t last = 0;
    for (uint32_t i = 0; i < gnu_hash[0]; i++)
        last = buckets[i] > last ? buckets[i] : last;
    while (last && !(chains[last - gnu_hash[1]] & 1))
        last++;
    return last ? last + 1 : 0;
}

static struct symbols read_symbols(const char *base)
{
    const ElfW(Ehdr) *header = (const void *)base;
    const ElfW(Phdr) *segments = (const void *)(base + header->e_phoff);
    const ElfW(Dyn) *entry = NULL;
    const uint32_t *hash = NULL, *gnu_hash = NULL;
    struct symbols symbols = {0};
    for (int i = header->e_phnum - 1; i >= 0; i--) {
        if (segments[i].p_type == PT_LOAD)
            symbols.shift = (uintptr_t)base + segments[i].p_offset - segments[i].p_vaddr;
        if (segments[i].p_type == PT_DYNAMIC)
            entry = (const void *)(base + segments[i].p_offset);
    }
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        const void *place = (const void *)(entry->d_un.d_ptr + symbols.shift);
        switch (entry->d_tag) {
        case DT_SYMTAB: symbols.first = place; break;
        case DT_STRTAB: symbols.names = place; break;
        case DT_HASH: hash = place; break;
        case DT_GNU_HASH: gnu_hash = place; break;
        }
    }
    if (symbols.first && symbols.names)
        symbols.count = count_of(hash, gnu_hash);
    return symbols;
}

uint64_t vdso_function(const char *name)
{
    const char *base = (const char *)getauxval(AT_SYSINFO_EHDR);
    if (!base)
        return 0; /* the kernel was told to lend none */
    struct symbols symbols = read_symbols(base);
    for (uint32_t i = 1; i < symbols.count; i++)
        if (symbols.first[i].st_value && !strcmp(symbols.names + symbols.first[i].st_name, name))
            return symbols.first[i].st_value + symbols.shift;
    return 0;
}
