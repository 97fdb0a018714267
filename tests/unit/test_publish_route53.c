/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_publisher.h"

#include "publish/publish.h"
#include "publish/route53.h"
#include "publish/sigv4.h"

#include <string.h>

#define VALUE    "gfj9Xq-Rg85nM_1gfj9Xq-Rg85nM_1gfj9Xq-Rg85n_"
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- signature: vectors of AWS's published test suite ---- */

static const char token[] =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfI"
    "eoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/"
    "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHN"
    "VXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIl"
    "TJabIQwj2ICCR/oLxBA==";

static void signs_as_published(struct test *t)
{
    static const struct {
        const char *method, *query, *token, *signature;
    } cases[] = {
        /* get-vanilla, get-vanilla-query-order-key-case, post-vanilla, post-sts-header-before */
        {"GET", "", NULL, "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
        {"GET", "Param1=value1&Param2=value2", NULL,
         "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
        {"POST", "", NULL, "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
        {"POST", "", token, "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct sigv4_keys keys = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                        cases[i].token};
        const struct sigv4_request r = {.method = cases[i].method,
                                        .host = "example.amazonaws.com",
                                        .path = "/",
                                        .query = cases[i].query,
                                        .region = "us-east-1",
                                        .service = "service",
                                        .now_s = 1440938160};
        struct buf out = BUF_INIT(4096);
        char date[SIGV4_DATE_SIZE];
        struct err err = {0};
        REQUIRE(CHECK_INT(sigv4_sign(&keys, &r, date, &out, &err), 0));
        CHECK_STR(date, "20150830T123600Z");
        CHECK_STR(buf_str(&out),
                  test_text(t,
                            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/"
                            "aws4_request, SignedHeaders=host;x-amz-date%s, Signature=%s",
                            cases[i].token ? ";x-amz-security-token" : "", cases[i].signature));
        buf_clear(&out);
    }
}

/* ---- XML ---- */

static struct xml_span span(const char *s)
{
    return (struct xml_span){s, s + strlen(s)};
}

#define ZONE(id, name, is_private)                                                                 \
    "<HostedZone><Id>/hostedzone/" id "</Id><Name>" name "</Name><Config><PrivateZone>" is_private \
    "</PrivateZone></Config></HostedZone>"

static void finds_the_public_zone(struct test *t)
{
    char id[32] = "";

    CHECK(route53_zone_id(span("<HostedZones>" ZONE("Z1", "acme.example.", "true")
                                   ZONE("Z2", "Acme.example.", "false")
                                       ZONE("Z3", "b.example.", "false") "</HostedZones>"),
                          "acme.example", id, sizeof id));
    CHECK_STR(id, "Z2");
    CHECK(!route53_zone_id(span(ZONE("Z1", "b.example.", "false")), "acme.example", id, sizeof id));
    CHECK(!route53_zone_id(span(ZONE("a/../b", "acme.example.", "false")), "acme.example", id,
                           sizeof id));
    CHECK(!route53_zone_id(span("<HostedZone><Id>"), "acme.example", id, sizeof id));
    CHECK(!route53_zone_id(span(""), "acme.example", id, sizeof id));
}

#define SET(name, type, ttl, values)                                                               \
    "<ResourceRecordSet><Name>" name "</Name><Type>" type "</Type><TTL>" ttl                       \
    "</TTL><ResourceRecords>" values "</ResourceRecords></ResourceRecordSet>"
#define VAL(v)              "<ResourceRecord><Value>" v "</Value></ResourceRecord>"
#define OURS                VAL("\"" VALUE "\"")
#define CHANGE(action, set) "<Change><Action>" action "</Action>" set "</Change>"
#define NAME                "x1.acme.example."

static void merges(struct test *t)
{
    static const struct {
        const char *answer;
        bool remove;
        const char *changes; /* NULL = nothing to do */
    } cases[] = {
        {"", false, CHANGE("CREATE", SET(NAME, "TXT", "10", OURS))},
        {"", true, NULL},
        {SET("x2.acme.example.", "TXT", "60", OURS), true, NULL},
        {SET(NAME, "SPF", "60", OURS), true, NULL},
        {SET(NAME, "TXT", "60", VAL("&quot;" VALUE "&quot;")), false, NULL},
        {SET(NAME, "TXT", "60", VAL("\"a &amp; b\"")), false,
         CHANGE("DELETE", SET(NAME, "TXT", "60", VAL("\"a &amp; b\"")))
             CHANGE("CREATE", SET(NAME, "TXT", "60", VAL("\"a &amp; b\"") OURS))},
        {SET(NAME, "TXT", "60", VAL("\"a\"") OURS), true,
         CHANGE("DELETE", SET(NAME, "TXT", "60", VAL("\"a\"") OURS))
             CHANGE("CREATE", SET(NAME, "TXT", "60", VAL("\"a\"")))},
        {SET(NAME, "TXT", "60", OURS), true, CHANGE("DELETE", SET(NAME, "TXT", "60", OURS))},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct route53_change c = {"x1.acme.example", VALUE, cases[i].remove};
        struct buf out = BUF_INIT(8192);
        struct err err = {0};
        CHECK_INT(route53_merge(span(cases[i].answer), &c, &out, &err), 0);
        struct xml_span s = span(buf_str(&out)), changes = {"", ""};
        CHECK(xml_next(&s, "Changes", &changes) == (cases[i].changes != NULL));
        CHECK_STR(test_text(t, "%.*s", (int)(changes.end - changes.p), changes.p),
                  cases[i].changes ? cases[i].changes : "");
        buf_clear(&out);
    }
}

static void a_routing_policy_is_left_alone(struct test *t)
{
    const struct route53_change c = {"x1.acme.example", VALUE, false};
    struct buf out = BUF_INIT(8192);
    struct err err = {0};

    CHECK_INT(route53_merge(span("<ResourceRecordSet><Name>" NAME
                                 "</Name><Type>TXT</Type><SetIdentifier>eu</SetIdentifier>"
                                 "<TTL>5</TTL></ResourceRecordSet>"),
                            &c, &out, &err),
              -1);
    CHECK_INT(err.code, ERR_DNS);
    CHECK_INT(out.len, 0);
    buf_clear(&out);
}

/* ---- the exchange ---- */

#define API   "https://route53.amazonaws.com"
#define FIND  API "/2013-04-01/hostedzonesbyname?dnsname=acme.example"
#define READ  API "/2013-04-01/hostedzone/Z2/rrset?maxitems=1&name=x1.acme.example.&type=TXT"
#define WRITE API "/2013-04-01/hostedzone/Z2/rrset"
#define FAILED(code, text)                                                                         \
    "<ErrorResponse><Error><Code>" code "</Code><Message>" text "</Message></Error></"             \
    "ErrorResponse>"
#define STATE(s) "<ChangeInfo><Id>/change/C1</Id><Status>" s "</Status></ChangeInfo>"

static bool open_world(struct fake_publisher *w, struct test *t, const struct fake_exchange *script,
                       size_t count)
{
    fake_publisher_init(w, t, script, count);
    w->conf.dns.provider = CONF_ROUTE53;
    w->conf.dns.route53.api.url = (char *)test_text(t, API);
    w->conf.dns.route53.region = (char *)test_text(t, "us-east-1");
    w->conf.dns.route53.access_key_id = (char *)test_text(t, "AKIDEXAMPLE");
    w->conf.dns.route53.secret_key_file = fake_secret(t, "key", "t0ps3cret\n");
    return fake_publisher_open(w, t);
}

static const struct publish_record record = {"x1.acme.example", "acme.example", VALUE, NULL};

static void waits_for_insync_and_tries_again_when_others_are_faster(struct test *t)
{
    static const struct fake_exchange script[] = {
        {"GET", FIND, NULL, NULL, 200, ZONE("Z2", "acme.example.", "false"), NULL},
        {"GET", READ, NULL, NULL, 400, FAILED("Throttling", "Rate exceeded"), NULL},
        {"GET", READ, NULL, NULL, 200, "", NULL},
        {"POST", WRITE, "CREATE", NULL, 400, FAILED("InvalidChangeBatch", "but it exists"), NULL},
        {"GET", READ, NULL, NULL, 200, SET(NAME, "TXT", "60", VAL("\"a\"")), NULL},
        {"POST", WRITE, "DELETE", NULL, 200, STATE("PENDING"), NULL},
        {"GET", API "/2013-04-01/change/C1", NULL, NULL, 200, STATE("PENDING"), NULL},
        {"GET", API "/2013-04-01/change/C1", NULL, NULL, 200, STATE("INSYNC"), NULL},
    };
    struct fake_publisher w;
    struct err err = {0};

    REQUIRE(open_world(&w, t, script, COUNT(script)));
    CHECK_INT(publisher_present(&w.p, &record, &err), 0);
    CHECK_STR(err.text, "");
    CHECK_INT(w.fake.slept_ms, 4000);
    fake_publisher_done(&w);
}

static void refusals_are_one_clear_line(struct test *t)
{
    static const struct {
        struct fake_exchange first;
        const char *text, *hint;
    } cases[] = {
        {{"GET", FIND, NULL, NULL, 403, FAILED("InvalidClientTokenId", "invalid"), NULL},
         "route53: zone acme.example: InvalidClientTokenId: invalid",
         "access_key_id"},
        {{"GET", FIND, NULL, NULL, 403, FAILED("SignatureDoesNotMatch", "t0ken"), NULL},
         "SignatureDoesNotMatch",
         "secret_key_file"},
        {{"GET", FIND, NULL, NULL, 403, FAILED("AccessDenied", "no"), NULL},
         "AccessDenied: no",
         "ListHostedZonesByName"},
        {{"GET", FIND, NULL, NULL, 200, "", NULL}, "no such public zone", "zone_id"},
        {{"GET", FIND, NULL, NULL, 500, "<html>", NULL}, "route53: zone acme.example", ""},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fake_publisher w;
        struct err err = {0};
        REQUIRE(open_world(&w, t, &cases[i].first, 1));
        CHECK_INT(publisher_present(&w.p, &record, &err), -1);
        CHECK_INT(err.code, ERR_DNS);
        if (!CHECK(strstr(err.text, cases[i].text) != NULL))
            CHECK_STR(err.text, cases[i].text);
        CHECK(strstr(err.hint, cases[i].hint) != NULL);
        CHECK(strstr(err.text, "t0") == NULL && strstr(err.hint, "t0ps3cret") == NULL);
        fake_publisher_done(&w);
    }
}

const struct test_case suite_publish_route53[] = {
    {"signs_as_published", signs_as_published},
    {"finds_the_public_zone", finds_the_public_zone},
    {"merges", merges},
    {"a_routing_policy_is_left_alone", a_routing_policy_is_left_alone},
    {"waits_for_insync_and_tries_again_when_others_are_faster",
     waits_for_insync_and_tries_again_when_others_are_faster},
    {"refusals_are_one_clear_line", refusals_are_one_clear_line},
    {NULL, NULL},
};
