/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sentence.h - what a Windows error number means *here*, in a sentence for the administrator. The
 * same number says different things about a service, a binding and a key. Pure.
 */
#ifndef RRAS_DEPLOY_SENTENCE_H
#define RRAS_DEPLOY_SENTENCE_H

#include "err.h"

enum sentence_area {
    SENTENCE_SERVICE,  /* service control manager */
    SENTENCE_BINDING,  /* HTTP Server API configuration */
    SENTENCE_KEY,      /* certificate store, private key, PFX */
    SENTENCE_REGISTRY, /* SstpSvc values */
};

/* NULL when there is nothing better than the system's own text. */
const char *sentence_of(enum sentence_area area, uint32_t number);

/* As err_sys with ERR_SRC_WIN32; the text is "OBJECT: SENTENCE (win32 N)" where there is a
 * sentence. fmt names the object. 0 is a failure without a number. Returns -1. */
int sentence_err(struct err *err, enum sentence_area area, uint32_t number, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

#endif
