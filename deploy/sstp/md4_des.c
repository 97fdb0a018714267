/* SPDX-License-Identifier: Apache-2.0 */
#include "sstp/md4_des.h"

#include "secret.h"

#include <string.h>

/* ---- MD4 ---- */

enum { MD4_BLOCK_BYTES = 64, MD4_LENGTH_BYTES = 8, MD4_STEPS = 48 };

static uint32_t rotate_left(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static void md4_block(uint32_t h[4], const uint8_t *p)
{
    /* The order in which the rounds take the words, and by how much they rotate (RFC 1320 3.4). */
    static const uint8_t order[3][16] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
        {0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15},
        {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15},
    };
    static const uint8_t turn[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
    static const uint32_t add[3] = {0, 0x5a827999U, 0x6ed9eba1U};
    uint32_t x[16], v[4];

    for (int i = 0; i < 16; i++)
        x[i] = (uint32_t)p[4 * i] | (uint32_t)p[4 * i + 1] << 8 | (uint32_t)p[4 * i + 2] << 16 |
               (uint32_t)p[4 * i + 3] << 24;
    memcpy(v, h, sizeof v);
    for (unsigned i = 0; i < MD4_STEPS; i++) {
        unsigned round = i / 16;
        uint32_t *a = &v[(MD4_STEPS - i) & 3];
        uint32_t b = v[(MD4_STEPS + 1 - i) & 3], c = v[(MD4_STEPS + 2 - i) & 3],
                 d = v[(MD4_STEPS + 3 - i) & 3], f;
        if (round == 0)
            f = (b & c) | (~b & d);
        else if (round == 1)
            f = (b & c) | (b & d) | (c & d);
        else
            f = b ^ c ^ d;
        *a = rotate_left(*a + f + x[order[round][i & 15]] + add[round], turn[round][i & 3]);
    }
    for (int i = 0; i < 4; i++)
        h[i] += v[i];
    secret_wipe(x, sizeof x);
    secret_wipe(v, sizeof v);
}

void md4_digest(const void *p, size_t len, uint8_t out[MD4_BYTES])
{
    uint32_t h[4] = {0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U};
    uint8_t tail[2 * MD4_BLOCK_BYTES] = {0};
    const uint8_t *at = p;
    size_t left = len, tail_len;
    uint64_t bits = (uint64_t)len * 8;

    for (; left >= MD4_BLOCK_BYTES; left -= MD4_BLOCK_BYTES, at += MD4_BLOCK_BYTES)
        md4_block(h, at);
    if (left > 0)
        memcpy(tail, at, left);
    tail[left] = 0x80;
    tail_len = left + 1 + MD4_LENGTH_BYTES <= MD4_BLOCK_BYTES ? MD4_BLOCK_BYTES : sizeof tail;
    for (size_t i = 0; i < MD4_LENGTH_BYTES; i++)
        tail[tail_len - MD4_LENGTH_BYTES + i] = (uint8_t)(bits >> (8 * i));
    for (size_t i = 0; i < tail_len; i += MD4_BLOCK_BYTES)
        md4_block(h, tail + i);
    for (int i = 0; i < MD4_BYTES; i++)
        out[i] = (uint8_t)(h[i / 4] >> (8 * (i % 4)));
    secret_wipe(tail, sizeof tail);
    secret_wipe(h, sizeof h);
}

/* ---- DES: the standard's tables as they stand; bits count from 1 at the left ---- */

/* clang-format off */
static const uint8_t initial[64] = {
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4,
    62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
    57, 49, 41, 33, 25, 17,  9, 1, 59, 51, 43, 35, 27, 19, 11, 3,
    61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
};
static const uint8_t final[64] = {
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31,
    38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
    36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27,
    34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41,  9, 49, 17, 57, 25,
};
static const uint8_t expansion[48] = {
    32,  1,  2,  3,  4,  5,  4,  5,  6,  7,  8,  9,  8,  9, 10, 11,
    12, 13, 12, 13, 14, 15, 16, 17, 16, 17, 18, 19, 20, 21, 20, 21,
    22, 23, 24, 25, 24, 25, 26, 27, 28, 29, 28, 29, 30, 31, 32,  1,
};
static const uint8_t spread[32] = {
    16, 7, 20, 21, 29, 12, 28, 17,  1, 15, 23, 26,  5, 18, 31, 10,
     2, 8, 24, 14, 32, 27,  3,  9, 19, 13, 30,  6, 22, 11,  4, 25,
};
/* PC-1 and PC-2. */
static const uint8_t key_first[56] = {
    57, 49, 41, 33, 25, 17,  9,  1, 58, 50, 42, 34, 26, 18,
    10,  2, 59, 51, 43, 35, 27, 19, 11,  3, 60, 52, 44, 36,
    63, 55, 47, 39, 31, 23, 15,  7, 62, 54, 46, 38, 30, 22,
    14,  6, 61, 53, 45, 37, 29, 21, 13,  5, 28, 20, 12,  4,
};
static const uint8_t key_second[48] = {
    14, 17, 11, 24,  1,  5,  3, 28, 15,  6, 21, 10, 23, 19, 12,  4,
    26,  8, 16,  7, 27, 20, 13,  2, 41, 52, 31, 37, 47, 55, 30, 40,
    51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
};
static const uint8_t boxes[8][64] = {
    {14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7,
     0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5, 3, 8,
     4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0,
     15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14, 10, 0, 6, 13},
    {15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10,
     3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9, 11, 5,
     0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15,
     13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12, 0, 5, 14, 9},
    {10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8,
     13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11, 15, 1,
     13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7,
     1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12},
    {7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15,
     13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10, 14, 9,
     10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4,
     3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11, 12, 7, 2, 14},
    {2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9,
     14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9, 8, 6,
     4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14,
     11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9, 10, 4, 5, 3},
    {12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11,
     10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11, 3, 8,
     9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6,
     4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7, 6, 0, 8, 13},
    {4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1,
     13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15, 8, 6,
     1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2,
     6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15, 14, 2, 3, 12},
    {13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7,
     1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14, 9, 2,
     7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8,
     2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0, 3, 5, 6, 11},
};
/* clang-format on */

/* Picks n of the `bits` bits of v, in the table's order. */
static uint64_t permute(uint64_t v, unsigned bits, const uint8_t *table, size_t n)
{
    uint64_t out = 0;

    for (size_t i = 0; i < n; i++)
        out = out << 1 | (v >> (bits - table[i]) & 1);
    return out;
}

static uint64_t load(const uint8_t *p, size_t len)
{
    uint64_t v = 0;

    for (size_t i = 0; i < len; i++)
        v = v << 8 | p[i];
    return v;
}

static uint32_t rotate_half(uint32_t half, unsigned n)
{
    return (half << n | half >> (28 - n)) & 0x0fffffff;
}

/* The cipher function f (FIPS 46-3): expand, mix in the round's key, substitute, spread. */
static uint32_t mix(uint32_t right, uint64_t round_key)
{
    uint64_t x = permute(right, 32, expansion, 48) ^ round_key;
    uint32_t out = 0;

    for (unsigned i = 0; i < 8; i++) {
        unsigned six = (unsigned)(x >> (42 - 6 * i)) & 0x3f;
        unsigned row = (six >> 4 & 2) | (six & 1), column = six >> 1 & 0x0f;
        out = out << 4 | boxes[i][16 * row + column];
    }
    return (uint32_t)permute(out, 32, spread, 32);
}

void des_encrypt_block(const uint8_t key[DES_KEY_BYTES], const uint8_t in[DES_BLOCK_BYTES],
                       uint8_t out[DES_BLOCK_BYTES])
{
    uint64_t key56 = load(key, DES_KEY_BYTES), key64 = 0, halves, v;
    uint32_t c, d, left, right;

    for (unsigned i = 0; i < 8; i++) /* a parity bit, which nobody looks at, after each seven */
        key64 = key64 << 8 | (key56 >> (49 - 7 * i) & 0x7f) << 1;
    halves = permute(key64, 64, key_first, 56);
    c = (uint32_t)(halves >> 28);
    d = (uint32_t)(halves & 0x0fffffff);
    v = permute(load(in, DES_BLOCK_BYTES), 64, initial, 64);
    left = (uint32_t)(v >> 32);
    right = (uint32_t)v;
    for (int round = 1; round <= 16; round++) {
        unsigned turn = round == 1 || round == 2 || round == 9 || round == 16 ? 1 : 2;
        uint32_t next;
        c = rotate_half(c, turn);
        d = rotate_half(d, turn);
        next = left ^ mix(right, permute((uint64_t)c << 28 | d, 56, key_second, 48));
        left = right;
        right = next;
    }
    v = permute((uint64_t)right << 32 | left, 64, final, 64);
    for (unsigned i = 0; i < DES_BLOCK_BYTES; i++)
        out[i] = (uint8_t)(v >> (56 - 8 * i));
    secret_wipe(&key56, sizeof key56);
    secret_wipe(&key64, sizeof key64);
    secret_wipe(&halves, sizeof halves);
    secret_wipe(&c, sizeof c);
    secret_wipe(&d, sizeof d);
}
