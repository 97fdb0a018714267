/* SPDX-License-Identifier: Apache-2.0 */
/* F11, F12: what comes after the handshake. */
#include "doctor/doctor.h"
#include "doctor/look_wire.h"
#include "doctor/rows_f.h"

#include <string.h>

void judge_authentication(const struct doctor_seen *s, struct doctor_finding *f)
{
    const struct doctor_point *p = point_first(s->wire, DEPTH_CALL);
    bool method = p && strcmp(p->auth_code, "auth-method") == 0;

    if (!p || !p->call) {
        finding_skip(f, "no call was accepted (F9)");
    } else if (p->authenticates && strstr(p->authentication, "no authentication")) {
        finding_fail(f, "PPP lets everybody in: no authentication is asked for");
        finding_cure(f, "RRAS console, properties of the server, Security, Authentication Methods: "
                        "allow EAP or MS-CHAP v2, and not remote systems without authentication");
    } else if (p->authenticates || (method && strstr(p->authentication, "EAP"))) {
        finding_ok(f, "%s", p->authentication);
    } else {
        finding_warn(f, "PPP: %s", p->authentication);
        finding_cure(f, "%s",
                     method ? "RRAS console, properties of the server, Security, Authentication "
                              "Methods: allow EAP or MS-CHAP v2"
                            : "see A3, A4 and G9: RasMan or RemoteAccess does not answer as it "
                              "should");
    }
}

void judge_login(const struct doctor_seen *s, struct doctor_finding *f)
{
    if (!doctor_wanted_of(s)->account_user) {
        finding_skip(f, "takes a test account: deploy.verify.account, or rras-acme probe NAME "
                        "--user ACCOUNT");
    } else if (!s->wire->login.tried) {
        finding_skip(f, "%s", s->wire->login.why);
    } else if (s->wire->login.came.hash == WIRE_HASH_ACCEPTED) {
        finding_ok(f, "%s", s->wire->login.came.finding);
    } else if (s->wire->login.came.hash == WIRE_HASH_REFUSED) {
        finding_fail(f, "every client is refused: %s", s->wire->login.came.finding);
        finding_cure(f, "see C4 for the stored hash; restart RemoteAccess in a window, or "
                        "rras-acme doctor --fix");
    } else {
        finding_warn(f, "the test account learnt nothing about the certificate: %s",
                     s->wire->login.came.finding);
        finding_cure(f, "look at the account and at the NPS events; no other row depends on it");
    }
}
