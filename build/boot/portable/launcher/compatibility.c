/* Whether the snapshot of the process fits this machine and this file. Asked before anything of it is mapped. */
#include "portable/launcher/compatibility.h"
#include "portable/process_snapshot.h"
#include "shared/import_variables.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

__attribute__((section(".fn.process"), used)) const volatile struct embedded_process embedded_process = {.magic = "fn: process data"};

bool process_is_to_be_cold(void)
{
    const char *asked = getenv("FN_COLD");
    return asked && !strcmp(asked, "1");
}

const char *process_incompatibility(void)
{
    if (embedded_process.state != EMBEDDED_SNAPSHOT)
        return "the file was built without a snapshot";
    if (process_is_to_be_cold())
        return "FN_COLD is set";
    if (embedded_process.page_size != getauxval(AT_PAGESZ))
        return "the snapshot was taken with another page size";
    if (processor_lacks((const uint32_t (*)[4])embedded_process.process.features))
        return "this processor lacks features of the one that the snapshot was taken on";
    return import_variables_differ(import_variables, environ);
}
