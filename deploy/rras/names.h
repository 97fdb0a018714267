/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - what Windows calls the things that SSTP is made of. The only place for these names.
 *
 * Documented: service names, hash values and their sizes (Event ID 8 of RasSstp, "How to change the
 * machine certificate of SSTP based RRAS server"), the SSTP AppId and URL. Not documented by
 * Microsoft, but written by its own tools: isHashConfiguredByAdmin, UseHttps, SHA1Enabled,
 * SHA256Enabled, ProxyEnabled; code that leans on them stays safe if their meaning is another one,
 * because nothing counts before it is proven from the wire.
 */
#ifndef RRAS_DEPLOY_NAMES_H
#define RRAS_DEPLOY_NAMES_H

#define NAME_REMOTEACCESS "RemoteAccess"
#define NAME_RASMAN       "RasMan"
#define NAME_SSTPSVC      "SstpSvc"
#define NAME_HTTP_DRIVER  "HTTP"

/* Below HKEY_LOCAL_MACHINE. */
#define NAME_SSTP_PARAMETERS "SYSTEM\\CurrentControlSet\\Services\\SstpSvc\\Parameters"
/* What RRAS applied last; not documented, read only. */
#define NAME_CONFIG_STORE NAME_SSTP_PARAMETERS "\\ConfigStore"
/* Where IP-HTTPS keeps its interface; not documented, a hint only. */
#define NAME_IPHTTPS                                                                               \
    "SYSTEM\\CurrentControlSet\\Services\\iphlpsvc\\Parameters\\IPHTTPS\\iphttpsinterface"
#define NAME_VALUE_IPHTTPS_ROLE "InterfaceRole" /* 1 = server */

#define NAME_VALUE_SHA256         "SHA256CertificateHash"
#define NAME_VALUE_SHA1           "SHA1CertificateHash"
#define NAME_VALUE_FLAG           "isHashConfiguredByAdmin"
#define NAME_VALUE_USE_HTTPS      "UseHttps"
#define NAME_VALUE_LISTENER_PORT  "ListenerPort"
#define NAME_VALUE_PROXY_ENABLED  "ProxyEnabled"
#define NAME_VALUE_SHA256_ENABLED "SHA256Enabled"
#define NAME_VALUE_SHA1_ENABLED   "SHA1Enabled"

/* Registry value types as the registry numbers them. */
enum { NAME_REG_SZ = 1, NAME_REG_BINARY = 3, NAME_REG_DWORD = 4 };

enum { NAME_DEFAULT_PORT = 443, NAME_DEFAULT_PLAIN_PORT = 80 };

#define NAME_SSTP_APP_ID    "{ba195980-cd49-458b-9e23-c84ee0adcd75}"
#define NAME_IPHTTPS_APP_ID "{5d8e2743-ef20-4d38-8751-7e400f200e65}"
/* NT SERVICE\\SstpSvc: computed from the service's name, so the same everywhere. */
#define NAME_SSTPSVC_SID  "S-1-5-80-3435701886-799518250-3791383489-3228296122-2938884314"
#define NAME_TRIAL_APP_ID "{3f6d1c8a-52b7-4e0e-9a41-c07d86e5b2f4}" /* this program's own */
#define NAME_SSTP_URL     "/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/"

/* Certificate stores of the machine. */
#define NAME_STORE_MY "MY"
#define NAME_STORE_CA "CA"

/* Providers in the System log. */
#define NAME_LOG_SSTP      "RasSstp"
#define NAME_LOG_SSTP_LONG "Microsoft-Windows-RasSstp"
#define NAME_LOG_HTTP      "Microsoft-Windows-HttpEvent"
#define NAME_LOG_SCHANNEL  "Schannel"
#define NAME_LOG_SCM       "Service Control Manager"
#define NAME_LOG_RAS       "RemoteAccess"

/* Who made a binding with this AppId ("{...}", lower case), or NULL when nobody known. */
const char *names_app_id_owner(const char *app_id);

#endif
