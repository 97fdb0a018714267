/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codes.h - the Windows error numbers that our code branches on, for files that do not know
 * windows.h. Names as in winerror.h, with CODE_ in front.
 */
#ifndef RRAS_DEPLOY_CODES_H
#define RRAS_DEPLOY_CODES_H

#define CODE_ERROR_FILE_NOT_FOUND             2u
#define CODE_ERROR_ACCESS_DENIED              5u
#define CODE_ERROR_INVALID_PASSWORD           86u
#define CODE_ERROR_ALREADY_EXISTS             183u
#define CODE_ERROR_DEPENDENT_SERVICES_RUNNING 1051u
#define CODE_ERROR_INVALID_SERVICE_CONTROL    1052u
#define CODE_ERROR_SERVICE_REQUEST_TIMEOUT    1053u
#define CODE_ERROR_SERVICE_DATABASE_LOCKED    1055u
#define CODE_ERROR_SERVICE_ALREADY_RUNNING    1056u
#define CODE_ERROR_SERVICE_DOES_NOT_EXIST     1060u
#define CODE_ERROR_SERVICE_CANNOT_ACCEPT_CTRL 1061u
#define CODE_ERROR_SERVICE_NOT_ACTIVE         1062u
#define CODE_ERROR_SERVICE_SPECIFIC_ERROR     1066u
#define CODE_ERROR_SERVICE_NEVER_STARTED      1077u
#define CODE_ERROR_NO_SUCH_LOGON_SESSION      1312u
#define CODE_HRESULT_INVALID_PASSWORD         0x80070056u

#endif
