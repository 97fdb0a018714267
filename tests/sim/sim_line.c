/* SPDX-License-Identifier: Apache-2.0 */
#include "sim_line.h"

#include <stdlib.h>
#include <string.h>

size_t sim_line_head(const struct sim_line *line, struct sim_input *in)
{
    size_t head = 0;
    while (!head && in->n < SIM_HTTP_HEAD_MAX) {
        int got =
            line->receive(line->user, in->p + in->n, SIM_HTTP_HEAD_MAX - in->n, SIM_LINE_HEAD_MS);
        if (got <= 0)
            return 0;
        in->n += (size_t)got;
        head = sim_http_head(in->p, in->n);
    }
    return head;
}

void sim_line_nobody(const struct sim_line *line)
{
    struct sim_input *in = calloc(1, sizeof *in);
    size_t head = in ? sim_line_head(line, in) : 0;
    if (head) {
        char answer[SIM_HTTP_ANSWER_MAX];
        in->p[head] = 0;
        sim_http_write(sim_http_judge(in->p, NULL), answer);
        line->transmit(line->user, answer, strlen(answer));
    }
    free(in);
}
