/* SPDX-License-Identifier: Apache-2.0 */
#include "dns/message.h"

#include "text.h"

#include <ares.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 12, PORT_DNS = 53 };

void dns_message_clear(struct dns_message *m)
{
    for (size_t i = 0; i < m->count; i++)
        free(m->record[i].text);
    free(m->record);
    memset(m, 0, sizeof *m);
}

const struct dns_record *dns_message_find(const struct dns_message *m, enum dns_section section,
                                          const char *owner, enum dns_type type)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct dns_record *r = &m->record[i];
        if (r->section == section && r->type == type && strcmp(r->owner, owner) == 0)
            return r;
    }
    return NULL;
}

const char *dns_rcode_name(int rcode)
{
    const char *known = ares_dns_rcode_tostr((ares_dns_rcode_t)rcode);
    return known ? known : "unknown code";
}

const char *dns_type_name(enum dns_type t)
{
    switch (t) {
    case DNS_TYPE_A:
        return "A";
    case DNS_TYPE_NS:
        return "NS";
    case DNS_TYPE_CNAME:
        return "CNAME";
    case DNS_TYPE_SOA:
        return "SOA";
    case DNS_TYPE_TXT:
        return "TXT";
    case DNS_TYPE_AAAA:
        return "AAAA";
    case DNS_TYPE_DNAME:
        return "DNAME";
    case DNS_TYPE_CAA:
        return "CAA";
    }
    return "?";
}

/* ---- question ---- */

static ares_status_t add_edns(ares_dns_record_t *rec)
{
    ares_dns_rr_t *opt = NULL;
    ares_status_t st = ares_dns_record_rr_add(&opt, rec, ARES_SECTION_ADDITIONAL, "",
                                              ARES_REC_TYPE_OPT, ARES_CLASS_IN, 0);

    if (st == ARES_SUCCESS)
        st = ares_dns_rr_set_u16(opt, ARES_RR_OPT_UDP_SIZE, DNS_EDNS_BYTES);
    if (st == ARES_SUCCESS)
        st = ares_dns_rr_set_u8(opt, ARES_RR_OPT_VERSION, 0);
    if (st == ARES_SUCCESS)
        st = ares_dns_rr_set_u16(opt, ARES_RR_OPT_FLAGS, 0);
    return st;
}

int dns_message_write(uint8_t out[DNS_MAX_QUERY_BYTES], size_t *len, uint16_t id,
                      const struct dns_question *q, bool edns, struct err *err)
{
    ares_dns_record_t *rec = NULL;
    unsigned char *wire = NULL;
    size_t wire_len = 0;
    int rc = 0;

    unsigned flags = (q->recurse ? (unsigned)ARES_FLAG_RD : 0) |
                     (q->tell_checked ? (unsigned)ARES_FLAG_AD : 0) |
                     (q->no_check ? (unsigned)ARES_FLAG_CD : 0);
    ares_status_t st = ares_dns_record_create(&rec, id, (unsigned short)flags, ARES_OPCODE_QUERY,
                                              ARES_RCODE_NOERROR);
    if (st == ARES_SUCCESS)
        st = ares_dns_record_query_add(rec, q->name, (ares_dns_rec_type_t)q->type, ARES_CLASS_IN);
    if (st == ARES_SUCCESS && edns)
        st = add_edns(rec);
    if (st == ARES_SUCCESS)
        st = ares_dns_write(rec, &wire, &wire_len);
    if (st != ARES_SUCCESS || wire_len > DNS_MAX_QUERY_BYTES) {
        rc = err_sys(err, ERR_DNS, ERR_SRC_ARES, (uint32_t)st, "%s: cannot be asked for in DNS",
                     dns_name_show(q->name));
    } else {
        memcpy(out, wire, wire_len);
        *len = wire_len;
    }
    ares_free_string(wire);
    ares_dns_record_destroy(rec);
    return rc;
}

/* ---- answer ---- */

/* RAW_RR carries the type of records that c-ares does not know. */
static unsigned record_type(const ares_dns_rr_t *rr)
{
    ares_dns_rec_type_t type = ares_dns_rr_get_type(rr);

    if (type == ARES_REC_TYPE_RAW_RR)
        return ares_dns_rr_get_u16(rr, ARES_RR_RAW_RR_TYPE);
    return (unsigned)type;
}

static bool type_wanted(unsigned type)
{
    return type == DNS_TYPE_A || type == DNS_TYPE_NS || type == DNS_TYPE_CNAME ||
           type == DNS_TYPE_SOA || type == DNS_TYPE_TXT || type == DNS_TYPE_AAAA ||
           type == DNS_TYPE_DNAME || type == DNS_TYPE_CAA;
}

static bool read_name(char out[DNS_NAME_SIZE], const char *name)
{
    return name && dns_name_set(out, name);
}

static bool keep_text(struct dns_record *r, const unsigned char *p, size_t len)
{
    r->text = malloc(len + 1);
    if (!r->text)
        return false;
    if (len)
        memcpy(r->text, p, len);
    r->text[len] = 0;
    r->text_len = len;
    return true;
}

static bool read_text(struct dns_record *r, const ares_dns_rr_t *rr)
{
    size_t len = 0;
    const unsigned char *p = ares_dns_rr_get_bin(rr, ARES_RR_TXT_DATA, &len);

    return keep_text(r, p, p ? len : 0);
}

/* RFC 8659 4.1, from the raw data: c-ares refuses an empty value, which forbids all issuance. */
static bool read_caa(struct dns_record *r, const ares_dns_rr_t *rr)
{
    enum { CAA_HEAD = 2 }; /* flags, length of the tag */
    size_t len = 0;
    const unsigned char *p = ares_dns_rr_get_bin(rr, ARES_RR_RAW_RR_DATA, &len);

    if (!p || len < CAA_HEAD || p[1] == 0 || len - CAA_HEAD < p[1])
        return false;
    r->caa_flags = p[0];
    for (size_t i = 0; i < p[1] && i + 1 < sizeof r->caa_tag; i++) {
        unsigned char c = p[CAA_HEAD + i];
        r->caa_tag[i] = c > ' ' && c < 0x7f ? (char)c : '?';
    }
    text_lower(r->caa_tag);
    return keep_text(r, p + CAA_HEAD + p[1], len - CAA_HEAD - p[1]);
}

static bool read_addr(struct net_addr *out, const ares_dns_rr_t *rr, unsigned type)
{
    const void *ip = type == DNS_TYPE_A
                         ? (const void *)ares_dns_rr_get_addr(rr, ARES_RR_A_ADDR)
                         : (const void *)ares_dns_rr_get_addr6(rr, ARES_RR_AAAA_ADDR);

    if (!ip)
        return false;
    out->family = type == DNS_TYPE_A ? 4 : 6;
    memcpy(out->ip, ip, type == DNS_TYPE_A ? 4 : 16);
    return true;
}

static bool read_record(struct dns_record *r, const ares_dns_rr_t *rr, unsigned type)
{
    r->type = (enum dns_type)type;
    r->ttl_s = ares_dns_rr_get_ttl(rr);
    if (!read_name(r->owner, ares_dns_rr_get_name(rr)))
        return false;
    switch (r->type) {
    case DNS_TYPE_NS:
        return read_name(r->name, ares_dns_rr_get_str(rr, ARES_RR_NS_NSDNAME));
    case DNS_TYPE_CNAME:
        return read_name(r->name, ares_dns_rr_get_str(rr, ARES_RR_CNAME_CNAME));
    case DNS_TYPE_SOA:
        r->minimum_s = ares_dns_rr_get_u32(rr, ARES_RR_SOA_MINIMUM);
        return read_name(r->name, ares_dns_rr_get_str(rr, ARES_RR_SOA_MNAME));
    case DNS_TYPE_TXT:
        return read_text(r, rr);
    case DNS_TYPE_A:
    case DNS_TYPE_AAAA:
        return read_addr(&r->addr, rr, type);
    case DNS_TYPE_DNAME:
        return true;
    case DNS_TYPE_CAA:
        return read_caa(r, rr);
    }
    return false;
}

static int read_sections(struct dns_message *m, const ares_dns_record_t *rec)
{
    static const ares_dns_section_t sections[] = {ARES_SECTION_ANSWER, ARES_SECTION_AUTHORITY,
                                                  ARES_SECTION_ADDITIONAL};
    size_t total = 0;

    for (size_t s = 0; s < 3; s++)
        total += ares_dns_record_rr_cnt(rec, sections[s]);
    if (total == 0)
        return 0;
    if (total > DNS_MAX_RECORDS)
        return -1;
    m->record = calloc(total, sizeof *m->record);
    if (!m->record)
        return -1;
    for (size_t s = 0; s < 3; s++) {
        for (size_t i = 0; i < ares_dns_record_rr_cnt(rec, sections[s]); i++) {
            const ares_dns_rr_t *rr = ares_dns_record_rr_get_const(rec, sections[s], i);
            unsigned type = record_type(rr);
            /* Raw data is to be had of a CAA record only where the parser was told so. */
            bool raw = ares_dns_rr_get_type(rr) == ARES_REC_TYPE_RAW_RR;
            if (!type_wanted(type) || (type == DNS_TYPE_CAA && !raw) ||
                ares_dns_rr_get_class(rr) != ARES_CLASS_IN)
                continue;
            m->record[m->count].section = (enum dns_section)s;
            if (!read_record(&m->record[m->count++], rr, type))
                return -1;
        }
    }
    return 0;
}

static bool same_question(const ares_dns_record_t *rec, const struct dns_question *q)
{
    const char *name = NULL;
    ares_dns_rec_type_t type = ARES_REC_TYPE_ANY;
    ares_dns_class_t klass = ARES_CLASS_ANY;
    char got[DNS_NAME_SIZE], want[DNS_NAME_SIZE];

    return ares_dns_record_query_cnt(rec) == 1 &&
           ares_dns_record_query_get(rec, 0, &name, &type, &klass) == ARES_SUCCESS &&
           (unsigned)type == (unsigned)q->type && klass == ARES_CLASS_IN && read_name(got, name) &&
           dns_name_set(want, q->name) && strcmp(got, want) == 0;
}

/* RFC 1035 4.1.1, read by hand: c-ares refuses a message without a question. */
static bool bare_error(struct dns_message *m, const uint8_t *p)
{
    bool no_question = p[4] == 0 && p[5] == 0;

    m->rcode = p[3] & 0x0f;
    m->aa = (p[2] & 0x04) != 0;
    m->tc = (p[2] & 0x02) != 0;
    m->ad = (p[3] & 0x20) != 0;
    return no_question && m->rcode != DNS_NOERROR;
}

int dns_message_read(struct dns_message *out, const uint8_t *p, size_t len, uint16_t id,
                     const struct dns_question *q, struct err *err)
{
    ares_dns_record_t *rec = NULL;
    struct dns_message m = {.bytes = len};
    int rc = -1;

    if (len < HEADER_BYTES || len > DNS_MAX_MESSAGE_BYTES || ((p[0] << 8) | p[1]) != id ||
        (p[2] & 0xf8) != 0x80) { /* QR = 1, opcode QUERY */
        err_set(err, ERR_DNS, "%s: not an answer to our question", dns_name_show(q->name));
        goto done;
    }
    if (bare_error(&m, p)) {
        rc = 0;
        goto done;
    }
    unsigned raw = q->type == DNS_TYPE_CAA ? (unsigned)ARES_DNS_PARSE_AN_EXT_RAW : 0;
    ares_status_t st = ares_dns_parse(p, len, raw, &rec);
    if (st != ARES_SUCCESS) {
        err_sys(err, ERR_DNS, ERR_SRC_ARES, (uint32_t)st, "%s: broken DNS answer",
                dns_name_show(q->name));
        goto done;
    }
    if (!same_question(rec, q)) {
        err_set(err, ERR_DNS, "%s: the answer is to another question", dns_name_show(q->name));
        goto done;
    }
    m.rcode = (int)ares_dns_record_get_rcode(rec); /* with the upper bits from EDNS */
    if (read_sections(&m, rec)) {
        err_set(err, ERR_DNS, "%s: too large or odd a DNS answer", dns_name_show(q->name));
        goto done;
    }
    rc = 0;
done:
    ares_dns_record_destroy(rec);
    if (rc == 0)
        *out = m;
    else
        dns_message_clear(&m);
    return rc;
}

/* ---- the system's resolvers ---- */

/* c-ares writes "ip:port,[ip]:port,..."; an entry that it qualifies further (a link-local zone, a
 * "dns://" URI) is left out. */
static size_t read_csv(const char *csv, struct net_addr *out, size_t max)
{
    size_t n = 0;

    while (*csv && n < max) {
        size_t len = strcspn(csv, ",");
        char one[80];
        struct err ignored = {0};
        if (len < sizeof one) {
            memcpy(one, csv, len);
            one[len] = 0;
            if (net_addr_parse(&out[n], one, PORT_DNS, &ignored) == 0)
                n++;
        }
        csv += len + (csv[len] == ',');
    }
    return n;
}

int dns_system_resolvers(struct net_addr *out, size_t max, size_t *count, struct err *err)
{
    ares_channel_t *channel = NULL;
    struct ares_options options = {.flags = 0};
    char *csv = NULL;
    size_t n = 0;
    int rc = 0;

    /* On Windows c-ares makes no channel before its library is initialised; it counts calls. */
    int st = ares_library_init(ARES_LIB_INIT_ALL);
    if (st == ARES_SUCCESS) {
        st = ares_init_options(&channel, &options, 0);
        if (st == ARES_SUCCESS && (csv = ares_get_servers_csv(channel)) != NULL)
            n = read_csv(csv, out, max);
        ares_free_string(csv);
        ares_destroy(channel);
        ares_library_cleanup();
    }
    if (n > 0)
        *count = n;
    else
        rc = err_sys(err, ERR_DNS, ERR_SRC_ARES, (uint32_t)st,
                     "system's DNS resolvers: none found; set dns.resolvers");
    return rc;
}
