/* SPDX-License-Identifier: Apache-2.0 */
/* sim_sstp_message - SSTP's control messages (MS-SSTP 2.2) as a strict server reads and writes
 * them. Pure. */
#ifndef SIM_SSTP_MESSAGE_H
#define SIM_SSTP_MESSAGE_H

#include "sim_frame.h"

enum { SIM_CONTROL_HEADER = 8, SIM_ATTRIBUTE_HEADER = 4, SIM_ATTRIBUTES_MAX = 8 };

/* 2.2.8 */
enum sim_status {
    NO_ERROR_STATUS,
    DUPLICATE_ATTRIBUTE,
    UNRECOGNIZED_ATTRIBUTE,
    INVALID_ATTRIB_VALUE_LENGTH,
    VALUE_NOT_SUPPORTED,
    UNACCEPTED_FRAME,
    RETRY_COUNT_EXCEEDED,
    INVALID_FRAME,
    NEGOTIATION_TIMEOUT,
    ATTRIB_NOT_SUPPORTED_IN_MSG,
    REQUIRED_ATTRIBUTE_MISSING,
    STATUS_INFO_NOT_SUPPORTED_IN_MSG
};

struct sim_attribute {
    uint8_t id;
    const uint8_t *value; /* behind the header */
    size_t n;
};
struct sim_message {
    unsigned type;
    const uint8_t *packet;
    struct sim_attribute attribute[SIM_ATTRIBUTES_MAX];
    size_t attributes;
};
/* False when the message's form is none: its type, its count, its attributes' lengths. `p` has the
 * SIM_CONTROL_HEADER at least. */
bool sim_message_read(const uint8_t *p, size_t n, struct sim_message *m);
/* NULL without one. */
const struct sim_attribute *sim_message_find(const struct sim_message *m, unsigned id);

/* One thing that is wrong with a message; the value is into the message. */
struct sim_complaint {
    uint8_t attribute, status;
    const uint8_t *value;
    size_t value_n;
};
/* All that is wrong with a CALL_CONNECT_REQUEST (3.3.5.2.2), the six reasons; 0: nothing. */
size_t sim_message_judge_request(const struct sim_message *m,
                                 struct sim_complaint out[SIM_ATTRIBUTES_MAX + 1]);

/* Room for a message of so many bytes behind what is to be sent, zeros after its header; NULL:
 * none. */
uint8_t *sim_message_start(struct sim_out *out, unsigned type, unsigned attributes, size_t bytes);
/* One without attributes. */
void sim_message_say(struct sim_out *out, unsigned type);
/* One with a STATUS_INFO for each complaint. */
void sim_message_status(struct sim_out *out, unsigned type, const struct sim_complaint *c,
                        size_t n);

unsigned sim_get16(const uint8_t *p);

#endif
