/* SPDX-License-Identifier: Apache-2.0 */
/* What a listener sends: an HTTP head, or a stream of SSTP packets. */
#include "fuzz.h"

#include "sstp/message.h"
#include "sstp/probe.h"

#include <stdlib.h>
#include <string.h>

static void read_head(struct fuzz *f, const uint8_t *p, size_t len)
{
    char *text = calloc(1, len + 1);
    char server[64] = "";
    int minor = 0;
    if (!text)
        return;
    memcpy(text, p, len);
    int status = sstp_http_head(text, &minor, server);
    FUZZ_HOLDS(status >= 0 && status <= 999);
    FUZZ_HOLDS(memchr(server, '\0', sizeof server) && fuzz_text_fit(server));
    FUZZ_HOLDS(sstp_http_meaning(status) != NULL);
    free(text);
}

void fuzz_sstp_message(struct fuzz *f, const uint8_t *p, size_t len)
{
    if (len > 0)
        read_head(f, p, len);
    for (size_t at = 0; at < len;) {
        struct sstp_packet packet = {0};
        if (sstp_decode(p + at, len - at, &packet) != SSTP_DECODED) {
            FUZZ_HOLDS(packet.len == 0);
            break;
        }
        FUZZ_HOLDS(packet.len >= SSTP_HEADER_BYTES && packet.len <= len - at);
        FUZZ_HOLDS(packet.payload_len <= packet.len - SSTP_HEADER_BYTES);
        FUZZ_HOLDS(packet.payload_len == 0 ||
                   (packet.payload >= p + at && packet.payload + packet.payload_len <= p + len));
        FUZZ_HOLDS(sstp_type_name(packet.type) && sstp_status_name(packet.status));
        at += packet.len;
    }
}
