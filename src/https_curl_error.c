/* SPDX-License-Identifier: Apache-2.0 */
/* https_curl_error.c - libcurl's codes in our words. */
#include "https_int.h"

#include <curl/curl.h>

#include <string.h>

const char *https_curl_words(int code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "its name cannot be resolved";
    case CURLE_COULDNT_RESOLVE_PROXY:
        return "the proxy's name cannot be resolved";
    case CURLE_COULDNT_CONNECT:
        return "cannot connect";
    case CURLE_PEER_FAILED_VERIFICATION:
        return "its TLS certificate is not accepted";
    case CURLE_SSL_CONNECT_ERROR:
        return "TLS handshake failed";
    case CURLE_SSL_CACERT_BADFILE:
        return "this system's trusted roots cannot be read (SSL_CERT_FILE, SSL_CERT_DIR)";
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return "the connection broke";
    default:
        return "request failed";
    }
}

enum err_code https_curl_err_code(int code)
{
    switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CACERT_BADFILE:
        return ERR_USAGE;
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
        return ERR_FAIL;
    default:
        return ERR_NET;
    }
}

const char *https_curl_hint(int code, const char *detail, bool own_roots)
{
    /* A signature that does not fit shows as a failed handshake. */
    if (code == CURLE_SSL_CONNECT_ERROR && own_roots && strstr(detail, "signature") != NULL)
        return "if the private CA was set up anew under its old name, acme.ca_file still holds the "
               "old root";
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
        code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT)
        return "HTTPS to it must get out: look at name resolution, firewall and proxy "
               "(https_proxy); if it is down itself, the next run tries again";
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return NULL;
    /* Both of libcurl's texts about names have these words, those about chains have not. */
    if (strstr(detail, "subject name") != NULL)
        return "its certificate is for another host name: is the URL right?";
    return own_roots ? "acme.ca_file must hold the root that this server's certificate ends at"
                     : "for a private CA, set acme.ca_file to its root certificate in PEM form; "
                       "otherwise look at this machine's clock, trusted roots and proxy";
}
