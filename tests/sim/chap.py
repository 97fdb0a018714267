# SPDX-License-Identifier: Apache-2.0
"""MS-CHAPv2 (RFC 2759), its keys (RFC 3079) and the crypto binding (MS-SSTP 3.2.5.2), once more and by other means than the
product's: the hashes and DES are OpenSSL's. So the simulated server, which uses the product's, is not its own judge.
"""
import hashlib
import hmac
import subprocess

MAGIC_PROOF = (b'Magic server to client signing constant', b'Pad to make it do more than one iteration')
MAGIC_MASTER = b'This is the MPPE Master Key'
MAGIC_SEND = b'On the client side, this is the send key; on the server side, it is the receive key.'
MAGIC_RECEIVE = b'On the client side, this is the receive key; on the server side, it is the send key.'


def _openssl(data, *argv):
    r = subprocess.run(['openssl', *argv], input=data, capture_output=True, timeout=20)
    if r.returncode:
        raise RuntimeError(f'openssl {argv[0]}: {r.stderr.decode(errors="replace").strip()}')
    return r.stdout


def md4(data):
    return _openssl(data, 'dgst', '-provider', 'legacy', '-provider', 'default', '-md4', '-binary')


def des(key, block):
    """One block. Two-key triple DES with both keys the same is single DES, and in every OpenSSL."""
    bits = int.from_bytes(key, 'big')
    spread = bytes((bits >> (49 - 7 * i) & 0x7f) << 1 for i in range(8))
    return _openssl(block, 'enc', '-des-ede', '-nopad', '-K', (spread * 2).hex())


def sha1(*parts):
    return hashlib.sha1(b''.join(parts)).digest()


class MsChap2:
    """Both sides' values of one exchange."""

    def __init__(self, user, password, challenge, peer_challenge):
        bare = user.rpartition('\\')[2].encode()
        short = sha1(peer_challenge, challenge, bare)[:8]
        password_hash = md4(password.encode('utf-16-le'))
        padded = password_hash + bytes(5)
        self.response = b''.join(des(padded[i:i + 7], short) for i in (0, 7, 14))
        twice = md4(password_hash)
        digest = sha1(twice, self.response, MAGIC_PROOF[0])
        self.proof = 'S=' + sha1(digest, short, MAGIC_PROOF[1]).hex().upper()
        master = sha1(twice, self.response, MAGIC_MASTER)[:16]
        self.keys = b''.join(sha1(master, bytes(40), magic, b'\xf2' * 40)[:16] for magic in (MAGIC_SEND, MAGIC_RECEIVE))


def connected(nonce, certificate_hash, hlak):
    """CALL_CONNECTED for a SHA-256 (32 bytes) or SHA-1 hash."""
    name, kind = {32: ('sha256', 2), 20: ('sha1', 1)}[len(certificate_hash)]
    size = len(certificate_hash)
    head = bytes.fromhex('10010070 0004 0001 00030068 000000'.replace(' ', '')) + bytes([kind])
    packet = head + nonce + certificate_hash.ljust(32, b'\0')
    key = hmac.digest(hlak, b'SSTP inner method derived CMK' + size.to_bytes(2, 'little') + b'\1', name)
    return packet + hmac.digest(key, packet + bytes(32), name).ljust(32, b'\0')
