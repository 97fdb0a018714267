/* SPDX-License-Identifier: Apache-2.0 */
/* What a DACL grants. Pure. */
#include "doctor/look_host.h"

#include "rras/names.h"

#include <string.h>

/* The account and the groups it is always in (well-known SIDs). */
static const char *const system_sids[] = {"S-1-5-18", "S-1-5-32-544", "S-1-1-0",
                                          "S-1-5-11", "S-1-5-32-545", NULL};
static const char *const local_service_sids[] = {
    "S-1-5-19",     "S-1-5-6",        "S-1-1-0",    "S-1-5-11",
    "S-1-5-32-545", NAME_SSTPSVC_SID, "S-1-5-80-0", NULL};

static bool is_one_of(const char *sid, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(sid, *list) == 0)
            return true;
    return false;
}

/* KEY_ALL_ACCESS, KEY_READ and KEY_WRITE hide behind the generic rights of an entry that was
 * inherited as it was written. */
static uint32_t spelled_out(uint32_t mask)
{
    const uint32_t generic_all = 0x10000000, generic_write = 0x40000000, generic_read = 0x80000000;

    if (mask & generic_all)
        mask |= ACL_KEY_READ | ACL_KEY_WRITE | 0x20;
    if (mask & generic_write)
        mask |= ACL_KEY_WRITE;
    if (mask & generic_read)
        mask |= ACL_KEY_READ;
    return mask;
}

uint32_t acl_granted(const struct acl *a, enum acl_account who)
{
    const char *const *sids = who == ACL_SYSTEM ? system_sids : local_service_sids;
    uint32_t granted = 0, denied = 0;

    if (a->everything)
        return ~0u;
    for (size_t i = 0; i < a->n; i++) {
        const struct acl_entry *e = &a->of[i];
        uint32_t mask = spelled_out(e->mask);
        if (e->inherit_only || !is_one_of(e->sid, sids))
            continue;
        if (e->deny) /* in order: what was granted before stays */
            denied |= mask & ~granted;
        else
            granted |= mask & ~denied;
    }
    return granted;
}
