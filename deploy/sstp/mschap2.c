/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/mschap2.h"

#include "crypto.h"
#include "secret.h"
#include "sstp/md4_des.h"
#include "text.h"

#include <string.h>

enum { CHALLENGE_HASH_BYTES = 8, KEY_BYTES = 16, PAD_BYTES = 40 };

/* One well-formed UTF-8 character of `len` bytes. */
static uint32_t code_point(const char *s, size_t len)
{
    static const uint8_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = (uint8_t)s[0] & first_bits[len];

    for (size_t i = 1; i < len; i++)
        c = c << 6 | ((uint8_t)s[i] & 0x3f);
    return c;
}

static void put_unit(uint8_t *out, uint32_t unit)
{
    out[0] = (uint8_t)unit;
    out[1] = (uint8_t)(unit >> 8);
}

int mschap2_password_hash(const char *password, uint8_t out[MSCHAP2_PASSWORD_HASH_BYTES],
                          struct err *err)
{
    uint8_t wide[2 * MSCHAP2_MAX_PASSWORD];
    size_t left = strlen(password), n = 0;
    int rc = -1;

    while (left > 0) {
        size_t bytes = text_utf8(password, left), units;
        uint32_t c;
        if (bytes == 0) {
            err_set(err, ERR_USAGE, "password: not UTF-8; save its file as UTF-8 without BOM");
            goto done;
        }
        c = code_point(password, bytes);
        units = c >= 0x10000 ? 2 : 1;
        if (n + 2 * units > sizeof wide) {
            err_set(err, ERR_USAGE, "password: longer than %d characters, which MS-CHAPv2 forbids",
                    MSCHAP2_MAX_PASSWORD);
            goto done;
        }
        if (units == 2) {
            put_unit(wide + n, 0xd800 + ((c - 0x10000) >> 10));
            put_unit(wide + n + 2, 0xdc00 + ((c - 0x10000) & 0x3ff));
        } else {
            put_unit(wide + n, c);
        }
        n += 2 * units;
        password += bytes;
        left -= bytes;
    }
    md4_digest(wide, n, out);
    rc = 0;
done:
    secret_wipe(wide, sizeof wide);
    return rc;
}

static size_t user_bytes(const char *user)
{
    size_t len = strlen(user);

    return len < MSCHAP2_MAX_USER_BYTES ? len : MSCHAP2_MAX_USER_BYTES;
}

/* RFC 2759 8.2 */
static void challenge_hash(const struct mschap2 *m, uint8_t out[CHALLENGE_HASH_BYTES])
{
    uint8_t in[2 * MSCHAP2_CHALLENGE_BYTES + MSCHAP2_MAX_USER_BYTES], hash[SHA1_BYTES];
    const char *separator = strrchr(m->user, '\\');
    const char *user = separator ? separator + 1 : m->user;
    size_t len = user_bytes(user);

    memcpy(in, m->peer_challenge, MSCHAP2_CHALLENGE_BYTES);
    memcpy(in + MSCHAP2_CHALLENGE_BYTES, m->authenticator_challenge, MSCHAP2_CHALLENGE_BYTES);
    memcpy(in + 2 * MSCHAP2_CHALLENGE_BYTES, user, len);
    crypto_sha1(in, 2 * MSCHAP2_CHALLENGE_BYTES + len, hash);
    memcpy(out, hash, CHALLENGE_HASH_BYTES);
}

/* RFC 2759 8.5: three blocks of DES, the last key filled up with zeros. */
void mschap2_response(const struct mschap2 *m, uint8_t out[MSCHAP2_RESPONSE_BYTES])
{
    uint8_t challenge[CHALLENGE_HASH_BYTES], keys[3 * DES_KEY_BYTES] = {0};

    challenge_hash(m, challenge);
    memcpy(keys, m->password_hash, MSCHAP2_PASSWORD_HASH_BYTES);
    for (size_t i = 0; i < 3; i++)
        des_encrypt_block(keys + i * DES_KEY_BYTES, challenge, out + i * DES_BLOCK_BYTES);
    secret_wipe(keys, sizeof keys);
}

/* A sentence of the standards that goes into a hash, without a NUL at its end. */
struct words {
    const char *p;
    size_t len;
};
#define WORDS(text) ((struct words){text, sizeof(text) - 1})

/* SHA-1 of PasswordHashHash | response | words: the beginning of the proof and of the keys. */
static void hash_of_both(const struct mschap2 *m, const uint8_t response[MSCHAP2_RESPONSE_BYTES],
                         struct words words, uint8_t out[SHA1_BYTES])
{
    uint8_t in[MD4_BYTES + MSCHAP2_RESPONSE_BYTES + 64];

    md4_digest(m->password_hash, MSCHAP2_PASSWORD_HASH_BYTES, in);
    memcpy(in + MD4_BYTES, response, MSCHAP2_RESPONSE_BYTES);
    memcpy(in + MD4_BYTES + MSCHAP2_RESPONSE_BYTES, words.p, words.len);
    crypto_sha1(in, MD4_BYTES + MSCHAP2_RESPONSE_BYTES + words.len, out);
    secret_wipe(in, sizeof in);
}

void mschap2_proof(const struct mschap2 *m, const uint8_t response[MSCHAP2_RESPONSE_BYTES],
                   char out[MSCHAP2_PROOF_CHARS + 1])
{
    const struct words pad = WORDS("Pad to make it do more than one iteration");
    uint8_t in[SHA1_BYTES + CHALLENGE_HASH_BYTES + 64], hash[SHA1_BYTES];

    hash_of_both(m, response, WORDS("Magic server to client signing constant"), in);
    challenge_hash(m, in + SHA1_BYTES);
    memcpy(in + SHA1_BYTES + CHALLENGE_HASH_BYTES, pad.p, pad.len);
    crypto_sha1(in, SHA1_BYTES + CHALLENGE_HASH_BYTES + pad.len, hash);
    out[0] = 'S';
    out[1] = '=';
    text_hex(hash, sizeof hash, out + 2);
    for (char *p = out + 2; *p; p++)
        if (*p >= 'a')
            *p = (char)(*p - 'a' + 'A');
    secret_wipe(in, sizeof in);
}

/* RFC 3079 3.4: GetAsymmetricStartKey */
static void start_key(const uint8_t master[KEY_BYTES], struct words words, uint8_t out[KEY_BYTES])
{
    uint8_t in[KEY_BYTES + PAD_BYTES + 96 + PAD_BYTES], hash[SHA1_BYTES];
    size_t len = words.len;

    memcpy(in, master, KEY_BYTES);
    memset(in + KEY_BYTES, 0, PAD_BYTES);
    memcpy(in + KEY_BYTES + PAD_BYTES, words.p, len);
    memset(in + KEY_BYTES + PAD_BYTES + len, 0xf2, PAD_BYTES);
    crypto_sha1(in, KEY_BYTES + 2 * PAD_BYTES + len, hash);
    memcpy(out, hash, KEY_BYTES);
    secret_wipe(in, sizeof in);
    secret_wipe(hash, sizeof hash);
}

void mschap2_keys(const struct mschap2 *m, const uint8_t response[MSCHAP2_RESPONSE_BYTES],
                  uint8_t out[MSCHAP2_KEYS_BYTES])
{
    const struct words send = WORDS("On the client side, this is the send key; "
                                    "on the server side, it is the receive key.");
    const struct words receive = WORDS("On the client side, this is the receive key; "
                                       "on the server side, it is the send key.");
    uint8_t master[SHA1_BYTES]; /* the first 16 bytes of it count */

    hash_of_both(m, response, WORDS("This is the MPPE Master Key"), master);
    start_key(master, send, out);
    start_key(master, receive, out + KEY_BYTES);
    secret_wipe(master, sizeof master);
}

const char *mschap2_failure_meaning(unsigned number)
{
    switch (number) {
    case 646:
        return "outside of the account's logon hours";
    case 647:
        return "the account is disabled";
    case 648:
        return "the password has expired";
    case 649:
        return "the account has no dial-in permission";
    case 691:
        return "user name or password wrong, or a network policy (NPS) refuses the account";
    case 709:
        return "the password could not be changed";
    default:
        return "the server refused the account";
    }
}
