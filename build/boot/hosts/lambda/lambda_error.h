#pragma once

#include <stddef.h>

enum { LAMBDA_TYPE_MAX = 96, LAMBDA_TEXT_MAX = 512, LAMBDA_DOCUMENT_MAX = 5 * 1024 };
/* For the header: (Runtime|Function).[A-Z][a-zA-Z]+, from the code of an error document, {"code":"...","message":"..."}. */
void lambda_error_type(const char *json, size_t length, char type[LAMBDA_TYPE_MAX]);
void lambda_error_text(const char *json, size_t length, char text[LAMBDA_TEXT_MAX]); /* for the log */
/* Such a document, short, as {"errorMessage":"...","errorType":"...","stackTrace":[]}; its length. */
size_t lambda_error_document(const char *json, size_t length, char document[LAMBDA_DOCUMENT_MAX]);
