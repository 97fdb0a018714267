/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_label.h - the label that stands for an account in dns-account-01
 * (draft-ietf-acme-dns-account-label 3.1): "_" and the first ten octets of SHA-256 of the account
 * URL in base32 (RFC 4648 6), lower case. Pure.
 */
#ifndef RRAS_ACCOUNT_LABEL_H
#define RRAS_ACCOUNT_LABEL_H

enum { ACCOUNT_LABEL_CHARS = 17 };
void account_label(const char *account_url, char out[ACCOUNT_LABEL_CHARS + 1]);

#endif
