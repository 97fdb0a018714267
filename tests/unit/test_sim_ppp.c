/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated SSTP server's PPP (RFC 1661, 1334, 2759, 3748) and its settings. */
#include "sim_talk.h"

#include <string.h>

static void asks_for_what_windows_asks_for(struct test *t)
{
    static const uint8_t wanted[] = {
        0x10, 0, 0,    42,   0xff, 3,  0xc0, 0x21, 1, 0, 0, 34, /* heads */
        1,    4, 0x0f, 0xfb,                                    /* MRU 4091 */
        3,    4, 0xc2, 0x27,                                    /* EAP */
        5,    6, 49,   50,   51,   52,                          /* magic number */
        13,   3, 6,                                             /* callback */
        17,   4, 0x06, 0x4e,                                    /* MRRU 1614 */
        19,   9, 3,    2,    0,    0,  0,    0,    1};          /* endpoint discriminator */
    struct talk k;
    talk_begin(&k, t, "");
    talk_send(&k, TALK_REQUEST);
    CHECK_MEM(k.out.p + 48, k.out.n - 48, wanted, sizeof wanted); /* behind the acknowledgement */
}

static void obeys_rejections_and_suggestions(struct test *t)
{
    struct talk k;
    talk_begin(&k, t, "");
    talk_send(&k, TALK_REQUEST);
    CHECK_STR(talk_ppp(&k, "c021 03 05 0008 01040578"), ""); /* of another request */
    CHECK_STR(talk_ppp(&k, "c021 03 00 0008 01040578"), "LCP1");
    CHECK_INT(k.out.p[14] << 8 | k.out.p[15], 1400);
    CHECK_STR(talk_ppp(&k, "c021 04 01 000e 05060badcafe 01040578"), "LCP1");
    CHECK_INT(k.out.p[12], 3);                         /* no MRU, so authentication first */
    CHECK_STR(talk_ppp(&k, "c021 03 02 0003 03"), ""); /* damaged */
    CHECK_STR(talk_ppp(&k, "c021 04 02 0008 0304c227"), "LCP5"); /* without it nobody comes in */
}

static void gives_up_a_peer_that_wants_no_offer(struct test *t)
{
    static const char *const naks[] = {"c021 03 00 0009 0305c22381", "c021 03 01 0009 0305c22381",
                                       "c021 03 02 0009 0305c22381", "c021 03 03 0009 0305c22381",
                                       "c021 03 04 0009 0305c22381"};
    struct talk k;
    talk_begin(&k, t, "fault=eap-only");
    talk_send(&k, TALK_REQUEST);
    for (size_t i = 0; i < sizeof naks / sizeof *naks; i++)
        CHECK_STR(talk_ppp(&k, naks[i]), "LCP1");
    CHECK_STR(talk_ppp(&k, "c021 03 05 0009 0305c22381"), "LCP5");
    CHECK_STR(talk_ppp(&k, "c021 06 06 0004"), "DISCONNECT(0:0)");
    CHECK_STR(talk_send(&k, "10010008 0007 0000"), "closed");
}

static void speaks_eap_up_to_the_method(struct test *t)
{
    struct talk k;
    talk_begin(&k, t, "fault=eap-only");
    talk_send(&k, TALK_REQUEST);
    CHECK_STR(talk_ppp(&k, "c021 02 00 0004"), "");
    CHECK_STR(talk_ppp(&k, "c021 01 01 0004"), "LCP2 EAP1");
    CHECK_STR(talk_ppp(&k, "c227 02 00 000a 0170726f6265"), "EAP1");
    CHECK_STR(talk_ppp(&k, "c227 02 01 0006 031a"), "EAP4 LCP5");
}

static void answers_options(struct test *t)
{
    static const struct {
        const char *hex, *said;
    } rows[] = {
        {"c021 01 01 0012 01040578 0206000a0000 0702 0802", "LCP2"},
        {"c021 01 01 0008 0304c023", "LCP4"},       /* we prove nothing */
        {"c021 01 01 0008 0104 0578 ffff", "LCP2"}, /* padding behind the packet */
        {"c021 01 01 000a 050631323334", "LCP4"},   /* our own magic number: a loop */
        {"c021 01 01 0007 010505", ""},             /* cut off */
        {"c021 01 01 0006 0100", ""},
        {"c021 0f 01 0004", "LCP7"},
        {"c021 09 01 0008 00000000", ""}, /* not open yet */
        {"c021 05 01 0004", "LCP6 DISCONNECT(0:0)"},
        {"c023 01 01 0011 0570726f6265 06736563726574", ""}, /* too early */
        {"8021 01 01 000a 030600000000", ""},
        {"0021 4500", ""},
        {"c021 01 01 0003", ""},
        {"c021 01 01 00ff", ""},
        {"c0", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk k;
        talk_begin(&k, t, "");
        talk_send(&k, TALK_REQUEST);
        CHECK_STR(talk_ppp(&k, rows[i].hex), rows[i].said);
    }
}

static void knows_its_account(struct test *t)
{
    static const struct {
        const char *user, *password, *said;
    } rows[] = {
        {"probe", "secret", "CHAP3 IPCP1"},       {"PROBE", "secret", "CHAP3 IPCP1"},
        {"CORP\\probe", "secret", "CHAP3 IPCP1"}, {"probe", "Secret", "CHAP4 LCP5"},
        {"prob", "secret", "CHAP4 LCP5"},         {"", "secret", "CHAP4 LCP5"},
        {"probe@corp", "secret", "CHAP4 LCP5"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk k;
        talk_begin(&k, t, "");
        talk_link(&k, "mschap2");
        CHECK_STR(talk_chap(&k, rows[i].user, rows[i].password), rows[i].said);
        if (rows[i].said[4] == '4') {
            CHECK(memcmp(k.out.p + 12, "E=691 R=0 C=", 12) == 0);
            CHECK_STR(talk_chap(&k, "probe", "secret"), ""); /* one try */
            CHECK_STR(talk_connected(&k, 0, 0), "ABORT(3:4)");
        }
    }
}

static void knows_its_account_by_pap(struct test *t)
{
    static const struct {
        const char *hex, *said;
    } rows[] = {
        {"c023 01 01 0011 0570726f6265 06736563726574", "PAP2 IPCP1"},
        {"c023 01 01 0011 0570726f6265 06736563726575", "PAP3 LCP5"},
        {"c023 01 01 0010 0570726f6265 057365637265", "PAP3 LCP5"},
        {"c023 01 01 0011 0570726f6266 06736563726574", "PAP3 LCP5"},
        {"c023 01 01 0006 0000", "PAP3 LCP5"},
        {"c023 01 01 0011 0570726f6265 ff736563726574", ""},
        {"c023 01 01 0011 ff70726f6265 06736563726574", ""},
        {"c023 02 01 0005 00", ""},
        {"c223 02 07 0004", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct talk k;
        talk_begin(&k, t, "");
        talk_link(&k, "pap");
        CHECK_STR(talk_ppp(&k, rows[i].hex), rows[i].said);
    }
}

static void is_a_link_once_open(struct test *t)
{
    struct talk k;
    talk_begin(&k, t, "");
    talk_authenticate(&k, "pap");
    CHECK_STR(talk_ppp(&k, "c021 09 09 0008 0badcafe"), "LCP10");
    CHECK_STR(talk_ppp(&k, "80fd 01 01 0004"), "LCP8"); /* compression: a protocol reject */
    CHECK_STR(talk_ppp(&k, "8021 01 01 000a 0306c0000202"), "IPCP2");
    CHECK_STR(talk_ppp(&k, "8021 01 01 000a 8106c0000202"), "IPCP4"); /* DNS servers */
}

static void takes_settings(struct test *t)
{
    struct sim_sstp_settings s;
    char bad[64] = "";
    sim_sstp_settings_default(&s);
    CHECK(sim_sstp_settings_parse(
        &s, " auth=pap,mschap2\n account=a:b:c  ports=3 timers=50 fault=http-407 ", bad));
    CHECK_INT(s.auth[0], SIM_AUTH_PAP);
    CHECK_INT(s.auth[1], SIM_AUTH_MSCHAP2);
    CHECK_INT(s.auth[2], SIM_AUTH_NONE);
    CHECK_STR(s.user, "a");
    CHECK_STR(s.password, "b:c");
    CHECK_INT(s.ports, 3);
    CHECK_INT(s.timers_percent, 50);
    CHECK_INT(s.fault, SIM_FAULT_HTTP_STATUS);
    CHECK_INT(s.number, 407);
    CHECK(sim_sstp_settings_parse(&s, "fault=no-port", bad));
    CHECK_INT(s.ports, 0);
}

static void names_the_setting_that_is_none(struct test *t)
{
    static const char *const rows[] = {"fault=nonsense",
                                       "fault=http-",
                                       "fault=http-4o4",
                                       "fault=chap-",
                                       "auth=",
                                       "auth=pap,",
                                       "auth=eap,eap,eap,eap",
                                       "account=x",
                                       "ports=129",
                                       "early=perhaps",
                                       "sha256=00",
                                       "fault",
                                       "=x"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sim_sstp_settings s;
        char bad[64] = "";
        sim_sstp_settings_default(&s);
        CHECK(!sim_sstp_settings_parse(&s, rows[i], bad));
        CHECK_STR(bad, rows[i]);
    }
}

const struct test_case suite_sim_ppp[] = {
    {"asks_for_what_windows_asks_for", asks_for_what_windows_asks_for},
    {"obeys_rejections_and_suggestions", obeys_rejections_and_suggestions},
    {"gives_up_a_peer_that_wants_no_offer", gives_up_a_peer_that_wants_no_offer},
    {"speaks_eap_up_to_the_method", speaks_eap_up_to_the_method},
    {"answers_options", answers_options},
    {"knows_its_account", knows_its_account},
    {"knows_its_account_by_pap", knows_its_account_by_pap},
    {"is_a_link_once_open", is_a_link_once_open},
    {"takes_settings", takes_settings},
    {"names_the_setting_that_is_none", names_the_setting_that_is_none},
    {NULL, NULL},
};
