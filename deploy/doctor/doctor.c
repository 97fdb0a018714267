/* SPDX-License-Identifier: Apache-2.0 */
/* Every row over everything that was seen. Pure. */
#include "doctor/doctor.h"

#include "doctor/look_cert.h"
#include "rras/names.h"
#include "text.h"

#include <string.h>

/* ---- what is in question ---- */

const struct doctor_wanted *doctor_wanted_of(const struct doctor_seen *s)
{
    static const struct doctor_wanted nothing = {0};

    return s->wanted ? s->wanted : &nothing;
}

int doctor_port(const struct doctor_seen *s)
{
    const struct doctor_wanted *w = doctor_wanted_of(s);

    if (w->port != 0)
        return w->port;
    return s->machine ? observed_port(s->machine) : NAME_DEFAULT_PORT;
}

bool doctor_knows_port(const struct doctor_seen *s)
{
    return doctor_wanted_of(s)->port != 0 || s->machine != NULL;
}

bool doctor_offload(const struct doctor_seen *s)
{
    const struct doctor_wanted *w = doctor_wanted_of(s);

    return s->machine ? !observed_https(s->machine) : w->configured && w->mode == CONF_OFFLOAD;
}

const char *doctor_name(const struct doctor_seen *s, size_t n)
{
    const struct doctor_wanted *w = doctor_wanted_of(s);

    if (w->name_count > 0)
        return n < w->name_count ? w->names[n] : NULL;
    if (s->cert && s->cert->found && n < s->cert->info.name_count)
        return s->cert->info.names[n];
    return NULL;
}

const struct store_cert *doctor_bound_cert(const struct observed *o)
{
    const struct raw_value *hash = &o->value[VALUE_SHA256];

    for (int f = 0; observed_https(o) && f < FAMILY_COUNT; f++)
        if (o->binding[f].present && o->binding[f].hash_len == SHA1_BYTES)
            return observed_by_sha1(o, o->binding[f].hash);
    if (hash->present && hash->type == NAME_REG_BINARY && hash->len == SHA256_BYTES)
        return observed_by_sha256(o, hash->bytes);
    return NULL;
}

/* ---- rows ---- */

static const struct doctor_row *const tables[] = {doctor_rows_a, doctor_rows_b, doctor_rows_c,
                                                  doctor_rows_d, doctor_rows_e, doctor_rows_f,
                                                  doctor_rows_g, doctor_rows_h};

size_t doctor_list(const struct doctor_row *out[DOCTOR_MAX_ROWS])
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct doctor_row *row = tables[i]; row->id && n < DOCTOR_MAX_ROWS; row++)
            out[n++] = row;
    return n;
}

const struct doctor_row *doctor_row_find(const char *id)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const struct doctor_row *row = tables[i]; row->id; row++)
            if (strcmp(row->id, id) == 0)
                return row;
    return NULL;
}

/* The first piece that the row needs and nobody has; DOCTOR_PIECES = all are there. */
static int missing_piece(const struct doctor_seen *s, unsigned needs)
{
    const void *const piece[DOCTOR_PIECES] = {s->machine, s->records, s->host, s->cert,  s->net,
                                              s->wire,    s->log,     s->tool, s->rivals};
    int i;

    for (i = 0; i < DOCTOR_PIECES; i++)
        if ((needs & DOCTOR_NEEDS(i)) && !piece[i])
            break;
    return i;
}

/* Without rights the machine was not looked at, and what was not looked at looks absent. */
static bool is_hidden(const struct doctor_seen *s, unsigned needs)
{
    return (needs & NEEDS_MACHINE) && s->machine && !s->machine->elevated;
}

void doctor_judge(const struct doctor_row *row, const struct doctor_seen *s,
                  struct doctor_finding *out)
{
    int missing = missing_piece(s, row->needs);

    memset(out, 0, sizeof *out);
    if (missing < DOCTOR_PIECES)
        finding_skip(out, "%s", s->why[missing][0] ? s->why[missing] : "not looked at");
    else if (is_hidden(s, row->needs))
        finding_skip(out, "needs administrator rights (A1)");
    else
        row->judge(s, out);
}

void doctor_report_make(const struct doctor_seen *s, struct doctor_report *out)
{
    memset(out, 0, sizeof *out);
    out->n = doctor_list(out->row);
    for (size_t i = 0; i < out->n; i++)
        doctor_judge(out->row[i], s, &out->finding[i]);
    doctor_find_cause(out);
}

size_t doctor_count(const struct doctor_report *r, enum check_level level)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        n += r->finding[i].level == level;
    return n;
}

enum check_level doctor_worst(const struct doctor_report *r)
{
    static const enum check_level worse[] = {CHECK_FAIL, CHECK_WARN, CHECK_NOTE};

    for (size_t i = 0; i < sizeof worse / sizeof *worse; i++)
        if (doctor_count(r, worse[i]) > 0)
            return worse[i];
    return CHECK_OK;
}

void doctor_to_checks(const struct doctor_report *r, struct checks *out)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct doctor_finding *f = &r->finding[i];
        checks_add(out, r->row[i]->id, r->row[i]->title, f->level, f->text,
                   f->cure[0] ? f->cure : NULL);
        checks_seed(out, r->row[i]->seed);
    }
}
