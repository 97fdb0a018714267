/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_http - what http.sys and SstpSvc answer to a request's head. Pure.
 *
 * GET and HEAD of the SSTP URL give 401, as load balancers' health checks rely on; any other URL
 * 404 from http.sys itself. Sure are 401, 404, 200 and the Server header; the codes for malformed
 * requests are guesses.
 */
#ifndef SIM_HTTP_H
#define SIM_HTTP_H

#include <stdbool.h>
#include <stddef.h>

enum { SIM_HTTP_HEAD_MAX = 16384, SIM_HTTP_ANSWER_MAX = 512 };
enum { SIM_HTTP_NO_PORT = 503 }; /* all SSTP ports are taken; a guess */

/* The bytes of the head with its empty line, 0 when it is not complete. */
size_t sim_http_head(const char *bytes, size_t n);

/*
 * The status of the answer to a head (NUL-terminated). `uri` is the registered prefix
 * ("/sra_{...}/"), NULL: nobody registered one. With 200 the connection speaks SSTP from here on,
 * otherwise it is closed after the answer.
 */
int sim_http_judge(const char *head, const char *uri);
/* The answer as text. */
void sim_http_write(int status, char answer[SIM_HTTP_ANSWER_MAX]);

#endif
