/* Says which words of the loader's own data hold addresses of functions that the kernel lends (vdso(7)), each as its place
 * in that data and the function's name. Started by the build with the loader and the libc that the file carries. */
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>

static const char *const names[] = {
    "__vdso_clock_gettime", "__vdso_gettimeofday", "__vdso_time", "__vdso_getcpu", "__vdso_clock_getres", "__vdso_getrandom",
};

int main(void)
{
    void *kernel = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
    const char *data = dlvsym(RTLD_DEFAULT, "_rtld_global_ro", "GLIBC_PRIVATE");
    const ElfW(Sym) *symbol = NULL;
    Dl_info info;
    if (!kernel || !data || !dladdr1(data, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol)
        return 0;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        uintptr_t function = (uintptr_t)dlsym(kernel, names[i]);
        for (size_t at = 0; function && at + sizeof function <= symbol->st_size; at += sizeof function)
            if (*(const uintptr_t *)(data + at) == function)
                printf("%zu %s\n", at, names[i]);
    }
    return 0;
}
