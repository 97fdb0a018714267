/* SPDX-License-Identifier: Apache-2.0 */
/*
 * azure_arc.h - the managed identity of a machine that is no virtual machine of Azure, but is
 * registered there (Azure Arc). Its agent listens on loopback, and hands out a token to who can
 * read a file that it names: Microsoft's documentation "Authenticate against Azure resources with
 * Azure Arc-enabled servers". The file is one of the agent's own folder, or it is refused.
 */
#ifndef RRAS_PUBLISH_AZURE_ARC_H
#define RRAS_PUBLISH_AZURE_ARC_H

#include "publish/api.h"

enum { AZURE_ARC_URL_SIZE = 256, AZURE_ARC_FILE_SIZE = 128 };

struct azure_arc {
    char url[AZURE_ARC_URL_SIZE]; /* of the agent; "" = this machine has none */
    char *folder;                 /* where its keys are; owned */
};

/* Is the agent here? Tells it by its variables in the environment, or by its folder. ERR_USAGE when
 * the variables lead away from this machine. */
int azure_arc_find(struct azure_arc *out, struct err *err) MUST_CHECK;
void azure_arc_clear(struct azure_arc *a);
/* The agent's answer with the token, whatever its status. ERR_DNS when it asks for a file that is
 * none of its own, or that we may not read. resp's body is to be wiped. */
int azure_arc_ask(const struct api *api, const struct azure_arc *a, const char *resource,
                  struct https_response *resp, struct err *err) MUST_CHECK;

/* ---- pure, and for tests ---- */

/* The agent's URL with a numeric address from the variables IDENTITY_ENDPOINT and IMDS_ENDPOINT,
 * either of which may be NULL; "" unless both are there (others use one of them). -1 when they do
 * not lead to loopback. */
int azure_arc_url(const char *identity, const char *imds, char out[AZURE_ARC_URL_SIZE]);
/* The name of the file in `folder` that the challenge is about; false when it is anything else. */
bool azure_arc_file(const char *www_authenticate, const char *folder,
                    char out[AZURE_ARC_FILE_SIZE]);

/* azure_arc_posix.c, azure_arc_win32.c: *out is the caller's. */
int azure_arc_folder(char **out, struct err *err) MUST_CHECK;

#endif
