/* SPDX-License-Identifier: Apache-2.0 */
/* Small readers of text: times, durations, encodings. */
#include "fuzz.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

static void read_times(struct fuzz *f, const char *s)
{
    struct err err[4] = {0};
    int64_t at = 0, again = 0, ms = 0;
    char text[21];
    int result = text_time_parse(s, &at, &err[0]);
    FUZZ_ERR(result, &err[0]);
    if (result == 0 && at >= text_civil(1, 1, 1, 0, 0, 0) &&
        at < text_civil(10000, 1, 1, 0, 0, 0)) {
        text_time(at, text);
        FUZZ_HOLDS(text_time_parse(text, &again, &err[1]) == 0 && again == at);
    }
    FUZZ_ERR(text_http_date_parse(s, &at, &err[2]), &err[2]);
    result = text_duration_ms(s, &ms, &err[3]);
    FUZZ_ERR(result, &err[3]);
    FUZZ_HOLDS(ms >= 0);
}

static void read_codes(struct fuzz *f, const char *s, size_t len)
{
    struct err err[2] = {0};
    struct buf bytes = BUF_INIT(64 * 1024), back = BUF_INIT(128 * 1024);
    int result = text_base64url_decode(&bytes, s, len, &err[0]);
    FUZZ_ERR(result, &err[0]);
    if (result == 0) {
        text_base64url(&back, bytes.p, bytes.len);
        FUZZ_HOLDS(back.len == len && memcmp(buf_str(&back), s, len) == 0);
    }
    buf_reset(&bytes);
    FUZZ_ERR(text_base64_decode(&bytes, s, len, &err[1]), &err[1]);
    uint8_t raw[8];
    char hex[17];
    if (text_hex_decode(s, raw, sizeof raw)) {
        text_hex(raw, sizeof raw, hex);
        FUZZ_HOLDS(text_equal_nocase(hex, s));
    }
    buf_reset(&back);
    buf_put_foreign(&back, s, len);
    FUZZ_HOLDS(fuzz_text_fit(buf_str(&back)));
    buf_clear(&back);
    buf_clear(&bytes);
}

static void read_line(struct fuzz *f, const char *s)
{
    struct err err = {0};
    char *scrubbed = NULL;
    read_times(f, s);
    read_codes(f, s, strlen(s));
    if (!text_dup(&scrubbed, s, &err))
        text_scrub(scrubbed);
    FUZZ_HOLDS(!scrubbed || fuzz_text_fit(scrubbed));
    free(scrubbed);
}

void fuzz_text(struct fuzz *f, const uint8_t *p, size_t len)
{
    fuzz_lines(f, p, len, read_line);
}
