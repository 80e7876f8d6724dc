/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides to which URLs a request may be sent.
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>

#include "util/err.h"
#include "util/span.h"

/* Allow https URLs, and plain http to loopback addresses (then *plain is set).
 * WHY_USAGE for all others; `what` names the URL in the message. */
enum rc url_check(
    const char *url, const char *what, bool *plain, struct err *e);

/* Like url_check(), for a service of this machine: plain http is also allowed
 * to link-local IPv4 addresses (169.254.0.0/16), where clouds serve metadata.
 */
enum rc url_check_local(const char *url, const char *what, struct err *e);

/* A URL without the slashes at its end. */
struct span url_trim(const char *url);

#endif
