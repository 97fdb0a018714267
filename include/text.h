/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - small pure helpers for text: encodings, times, durations, names.
 */
#ifndef RRAS_TEXT_H
#define RRAS_TEXT_H

#include "buf.h"

/* strdup that reports; *out is the caller's (free). */
int text_dup(char **out, const char *s, struct err *err) MUST_CHECK;
/* printf into new memory; *out is the caller's (free). */
int text_fmt(char **out, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4) MUST_CHECK;
/* Copies into a fixed array; false when it did not fit (out is then cut, still terminated). */
bool text_copy(char *out, size_t size, const char *s);
bool text_starts(const char *s, const char *prefix);
/* ASCII only, no locale. */
bool text_equal_nocase(const char *a, const char *b);
void text_lower(char *s);
/* Bytes of the well-formed UTF-8 character (RFC 3629) at s, 0 if there is none in len bytes. */
size_t text_utf8(const char *s, size_t len);
/* Bytes of the next unit of foreign text (len > 0), at least 1; *fit tells whether it may be shown:
 * false for control characters (C0, DEL, C1), what separates lines or turns the writing direction,
 * and broken UTF-8. */
size_t text_foreign(const char *s, size_t len, bool *fit);
/* Makes foreign text fit for one line, in place: what text_foreign calls unfit becomes '?'. */
void text_scrub(char *s);
/* Levenshtein distance, at most `limit` (returned when it is that or more). For "did you mean". */
unsigned text_distance(const char *a, const char *b, unsigned limit);

/* base64url without padding (RFC 4648 5, RFC 8555 6.1); the decoder refuses padding, white space
 * and non-zero trailing bits. text_base64_decode takes both alphabets, padding and line ends: for
 * keys typed by people (EAB, TSIG). Decoders append to out. */
void text_base64url(struct buf *out, const void *p, size_t len);
int text_base64url_decode(struct buf *out, const char *s, size_t len, struct err *err) MUST_CHECK;
void text_base64(struct buf *out, const void *p, size_t len);
int text_base64_decode(struct buf *out, const char *s, size_t len, struct err *err) MUST_CHECK;
bool text_is_base64url(const char *s);
/* Hex, either case, into exactly size bytes; false on anything else. */
bool text_hex_decode(const char *s, void *out, size_t size);
void text_hex(const void *p, size_t len, char *out /* 2 * len + 1 */);

/* One argument of a Windows command line, quoted so that the Microsoft C run-time (and
 * CommandLineToArgvW) reads it back unchanged; the caller puts blanks between them. Not for the
 * first one, the program: that is quoted plainly. */
void text_quote_argument(struct buf *out, const char *arg);

/* "90s" "15m" "12h" "30d" and "500ms"; a bare number is refused. Seconds are rounded up. */
int text_duration_ms(const char *s, int64_t *out_ms, struct err *err) MUST_CHECK;
/* "2026-11-22T01:02:03Z", UTC. */
void text_time(int64_t unix_s, char out[21]);
/* RFC 3339 with fraction and offset (RFC 8555 7.1.3). */
int text_time_parse(const char *s, int64_t *out_unix_s, struct err *err) MUST_CHECK;
/* HTTP-date (RFC 9110 5.6.7, IMF-fixdate). */
int text_http_date_parse(const char *s, int64_t *out_unix_s, struct err *err) MUST_CHECK;
/* Calendar to Unix seconds; no range checks beyond int. */
int64_t text_civil(int year, int month, int day, int hour, int minute, int second);

/* A DNS name for a certificate: lower-cased A-label form, optional leading "*.", labels of 1 to 63
 * letters, digits and hyphens (no hyphen at either end), 253 octets at most, at least two labels,
 * no final dot, not an IP address. Writes the canonical form. Names outside of ASCII are refused
 * with a hint; for those that people write there is idn.h. */
int text_dns_name(const char *s, char out[256], struct err *err) MUST_CHECK;

#endif
