/* The interpreter's side of a template: the launcher pauses, and a function that goes on has a report of its own. */
#include "supervisor/template.h"

#include "portable/bundled.h"
#include "shared/report.h"

bool template_pause(void)
{
    if (!BUNDLED->pause || !BUNDLED->pause())
        return false;
    report = BUNDLED->report;
    report->has_started = true;
    return true;
}
