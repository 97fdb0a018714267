/* SPDX-License-Identifier: Apache-2.0 */
/* What a server sends in PPP: each frame of the input is led by its length (two bytes). */
#include "fuzz.h"

#include "sstp/ppp.h"

#include <string.h>

enum { MAX_SENT = 100 }; /* far above what the machine may send in all */

static void check_out(struct fuzz *f, const struct ppp_frames *out)
{
    FUZZ_HOLDS(out->n <= PPP_MAX_FRAMES_OUT);
    for (size_t i = 0; i < out->n; i++) {
        const uint8_t *b = out->frame[i].bytes;
        size_t len = out->frame[i].len;
        FUZZ_HOLDS(len >= 8 && len <= PPP_MAX_FRAME_BYTES);
        FUZZ_HOLDS(b[0] == 0xff && b[1] == 0x03 && ((size_t)b[6] << 8 | b[7]) == len - 4);
    }
}

static void check_state(struct fuzz *f, const struct ppp *p)
{
    FUZZ_HOLDS(memchr(p->code, '\0', sizeof p->code) && memchr(p->why, '\0', sizeof p->why));
    FUZZ_HOLDS((p->state == PPP_FAILED) == (p->code[0] != '\0'));
    FUZZ_HOLDS(fuzz_text_fit(p->why));
    /* Nobody without the password can make us believe that he has it. */
    FUZZ_HOLDS(p->state != PPP_AUTHENTICATED || p->method != PPP_METHOD_MSCHAP2);
    FUZZ_HOLDS(p->method != PPP_METHOD_PAP || p->account.pap);
}

void fuzz_ppp(struct fuzz *f, const uint8_t *p, size_t len)
{
    static const uint8_t random[PPP_RANDOM_BYTES] = {1, 2, 3};
    /* The proof depends on the challenge: the corpus cannot hold a right one by chance. */
    struct ppp_account account = {"DOMAIN\\probe", "not in the corpus", len > 0 && p[0] & 1};
    struct ppp ppp = {0};
    struct ppp_frames out = {0};
    struct err err = {0};
    size_t sent = 0, at = 1;

    FUZZ_HOLDS(ppp_start(&ppp, &account, random, &out, &err) == 0);
    check_out(f, &out);
    while (at + 2 <= len) {
        size_t frame = (size_t)p[at] << 8 | p[at + 1];
        at += 2;
        if (frame > len - at)
            frame = len - at;
        if (frame == 0)
            ppp_again(&ppp, &out);
        else
            ppp_take(&ppp, p + at, frame, &out);
        check_out(f, &out);
        check_state(f, &ppp);
        (void)ppp_is_terminate(p + at, frame);
        sent += out.n;
        at += frame;
    }
    FUZZ_HOLDS(sent <= MAX_SENT);
    ppp_clear(&ppp);
}
