/* SPDX-License-Identifier: Apache-2.0 */
#include "src/app/spread.h"

bool spread_urgent(const struct spread_facts *f, int64_t now)
{
    int64_t part = (f->not_after - f->not_before) / SPREAD_URGENT_PART;
    int64_t near = part < SPREAD_URGENT_S ? part : SPREAD_URGENT_S;
    return f->not_after != 0 && (f->revoked || f->not_after - now <= near);
}

int64_t spread_rank(const struct spread_facts *f)
{
    if (f->not_after == 0)
        return INT64_MAX;
    return f->revoked ? INT64_MIN : f->not_after;
}

int spread_count(const int64_t *at, size_t n, int64_t now)
{
    int count = 0;
    for (size_t i = 0; i < n && at[i] != 0; i++)
        count += at[i] <= now && now - at[i] < SPREAD_WINDOW_S;
    return count;
}

bool spread_take(struct spread_ca *ca, bool urgent)
{
    bool full = ca->placed >= SPREAD_RUN || ca->before + ca->placed >= SPREAD_WINDOW;
    if (full && !urgent) {
        ca->held_back++;
        return false;
    }
    ca->placed++;
    return true;
}
