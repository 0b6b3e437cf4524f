#pragma once

#include <llhttp.h>

const llhttp_settings_t *http_answer_callbacks(void); /* for the parser of a struct http_client */
